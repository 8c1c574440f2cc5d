package behaviour

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
)

func escape(s string) string { return url.QueryEscape(s) }

// stream is an open watch.
type stream struct {
	talk   *Talk
	path   string
	cancel context.CancelFunc
	body   io.ReadCloser
	frames *json.Decoder
	Code   int
}

// watch opens one; its end is the test's.
func (k *Talk) watch(path string, headers ...header) *stream {
	k.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	k.t.Cleanup(cancel)
	resp, err := k.send(ctx, "GET", path, nil, headers...)
	if err != nil {
		k.t.Fatal(err)
	}
	k.t.Cleanup(func() { resp.Body.Close() })
	k.transcript = append(k.transcript, fmt.Sprintf("WATCH %s -> %d", k.blur(path), resp.StatusCode))
	return &stream{talk: k, path: path, cancel: cancel, body: resp.Body, frames: json.NewDecoder(resp.Body), Code: resp.StatusCode}
}

// next waits for an event and expects its type and its object's name, which
// may be empty.
func (s *stream) next(kind, name string) Answer {
	s.talk.t.Helper()
	var event struct {
		Type   string
		Object any
	}
	if err := s.frames.Decode(&event); err != nil {
		s.talk.t.Fatalf("%s: waiting for %s %s: %v", s.path, kind, name, err)
	}
	a := Answer{talk: s.talk, Code: 200, Content: event.Object}
	a.Body, _ = json.Marshal(event.Object) // it was JSON
	s.talk.transcript = append(s.talk.transcript, fmt.Sprintf("  %s %s", event.Type, s.talk.normal(a)))
	if event.Type != kind || a.Text("metadata.name") != name {
		s.talk.t.Errorf("%s: got %s %q, want %s %q: %s", s.path, event.Type, a.Text("metadata.name"), kind, name, a.Body)
	}
	return a
}

// end expects the stream to end now.
func (s *stream) end() {
	s.talk.t.Helper()
	var event any
	if err := s.frames.Decode(&event); err != io.EOF {
		s.talk.t.Errorf("%s: the watch goes on: %v %v", s.path, err, event)
	}
	s.talk.transcript = append(s.talk.transcript, "  end")
}
