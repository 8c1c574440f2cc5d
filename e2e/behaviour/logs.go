package behaviour

import (
	"bufio"
	"context"
	"fmt"
	"time"
)

// printed is when the first line of the log below was printed; a second each.
var printed = time.Date(2026, 1, 1, 0, 0, 0, 7, time.UTC)

func logs() []Behaviour {
	return []Behaviour{
		{"what a container printed", func(k *Talk) {
			k.runs("a")
			for i, line := range []string{"one", "two", "three"} {
				k.print(printed.Add(time.Duration(i)*time.Second), line)
			}
			k.say("GET", "~/pods/a/log", nil).want(200, "one\ntwo\nthree\n")
			k.say("GET", "~/pods/a/log?container=main&tailLines=1", nil).want(200, "three")
			k.say("GET", "~/pods/a/log?tailLines=0", nil).want(200)
			k.say("GET", "~/pods/a/log?limitBytes=5", nil).want(200, "one\nt")
			k.say("GET", "~/pods/a/log?timestamps=true&tailLines=2", nil).want(200, "2026-01-01T00:00:01.000000007Z two\n2026-01-01T00:00:02.000000007Z three\n")
			k.say("GET", "~/pods/a/log?sinceTime=2026-01-01T00:00:01Z", nil).want(200, "two\nthree\n")
			k.say("GET", "~/pods/a/log?sinceSeconds=60", nil).want(200)
			f := k.follow("~/pods/a/log?follow=true&tailLines=1")
			f.line("three")
			k.print(time.Now(), "four")
			f.line("four")
			k.print(time.Now(), "five")
			f.line("five")
		}},
	}
}

// print prints a line in every container.
func (k *Talk) print(at time.Time, line string) {
	k.t.Helper()
	if err := k.server.Print(at, line); err != nil {
		k.t.Fatal(err)
	}
}

// runs makes a pod that runs on a node.
func (k *Talk) runs(name string) {
	k.t.Helper()
	node := "node-of-" + k.ns
	k.quiet("POST", "/api/v1/nodes", object{"metadata": object{"name": node}}).want(201)
	k.t.Cleanup(func() { k.quiet("DELETE", "/api/v1/nodes/"+node, nil) })
	k.quiet("POST", "~/pods", pod(name, object{"nodeName": node})).want(201)
	if k.server.Controllers {
		k.ready("~/pods/"+name, "status.containerStatuses.0.started", "true")
		return
	}
	k.quiet("PATCH", "~/pods/"+name+"/status", object{"status": object{"phase": "Running", "containerStatuses": []any{object{
		"name": "main", "image": "busybox:1", "imageID": "", "ready": true, "restartCount": 0, "containerID": "containerd://1",
		"state": object{"running": object{"startedAt": "2026-01-01T00:00:00Z"}},
	}}}}, merge).want(200)
}

// followed is a log that is being read.
type followed struct {
	talk  *Talk
	lines *bufio.Scanner
}

func (k *Talk) follow(path string) *followed {
	k.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	k.t.Cleanup(cancel)
	resp, err := k.send(ctx, "GET", path, nil)
	if err != nil {
		k.t.Fatal(err)
	}
	k.t.Cleanup(func() { resp.Body.Close() })
	k.transcript = append(k.transcript, fmt.Sprintf("FOLLOW %s -> %d", k.blur(path), resp.StatusCode))
	return &followed{k, bufio.NewScanner(resp.Body)}
}

// line waits for the next line.
func (f *followed) line(want string) {
	f.talk.t.Helper()
	if !f.lines.Scan() || f.lines.Text() != want {
		f.talk.t.Fatalf("the log says %q (%v), want %q", f.lines.Text(), f.lines.Err(), want)
	}
	f.talk.transcript = append(f.talk.transcript, "  "+want)
}
