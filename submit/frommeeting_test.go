package submit

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// TestARecipeNamesNoWorkerOfItsJob: the recipe of a job that runs is sent again
// under another name, and its workers must not dial the old ones.
func TestARecipeNamesNoWorkerOfItsJob(t *testing.T) {
	const launch = "[python, -m, paddle.distributed.launch, train.py]"
	env := func(pairs ...string) string {
		var out []string
		for i := 0; i < len(pairs); i += 2 {
			out = append(out, fmt.Sprintf("{name: %s, value: %q}", pairs[i], pairs[i+1]))
		}
		return "env: [" + strings.Join(out, ", ") + "]"
	}
	for _, c := range []struct {
		what, command, env string
		want               string // the command, and the environment behind it
		port               int
	}{
		{"an option and its value", "[python, -m, paddle.distributed.launch, --master, 'paddleocr-0.paddleocr:36543', train.py]", "",
			"python -m paddle.distributed.launch train.py", 36543},
		{"an option", "[python, -m, paddle.distributed.launch, '--master=paddleocr-0.paddleocr.ocr.svc.cluster.local:36543', train.py]", "",
			"python -m paddle.distributed.launch train.py", 36543},
		{"a line of shell", "[sh, -c, 'cd /x && python -m paddle.distributed.launch --master \"paddleocr-0.paddleocr:36543\" --nnodes 4 train.py']", "",
			"sh -c cd /x && python -m paddle.distributed.launch --nnodes 4 train.py", 36543},
		{"variables of Paddle", launch, env("PADDLE_MASTER", "paddleocr-0.paddleocr:7000", "PADDLE_TRAINER_ENDPOINTS", "paddleocr-0.paddleocr:7000,paddleocr-1.paddleocr:7000",
			"PADDLE_CURRENT_ENDPOINT", "paddleocr-$(JOB_COMPLETION_INDEX).paddleocr:7000", "A", "b"), "python -m paddle.distributed.launch train.py A=b", 7000},
		{"a master elsewhere", "[python, -m, paddle.distributed.launch, --master, 'etcd-0.etcd:1', train.py]", env("PADDLE_TRAINER_ENDPOINTS", "paddleocr-0.paddleocr:1,other-0.other:1"),
			"python -m paddle.distributed.launch --master etcd-0.etcd:1 train.py PADDLE_TRAINER_ENDPOINTS=paddleocr-0.paddleocr:1,other-0.other:1", 6170},
		{"a script's own option", "[python, fleet.py, --master, 'paddleocr-0.paddleocr:1']", "", "python fleet.py --master paddleocr-0.paddleocr:1", 6170},

		{"torchrun's options", "[torchrun, '--master_addr=paddleocr-0.paddleocr', --rdzv_endpoint, 'paddleocr-0.paddleocr:29500', --log, /x/paddleocr-0.paddleocr, a.py]", "",
			"torchrun --master_addr=$(MASTER_ADDR) --rdzv_endpoint $(MASTER_ADDR):29500 --log /x/paddleocr-0.paddleocr a.py", 6170},
		{"variables of torch", "[torchrun, a.py]", env("MASTER_ADDR", "paddleocr-0.paddleocr", "MASTER_PORT", "29500", "INIT", "tcp://paddleocr-0.paddleocr:1"),
			"torchrun a.py INIT=tcp://$(MASTER_ADDR):1 MASTER_PORT=29500", 6170},
		{"another torch master", "[torchrun, '--master_addr=paddleocr-0.paddleocr', a.py]", env("MASTER_ADDR", "head"), "torchrun --master_addr=paddleocr-0.paddleocr a.py MASTER_ADDR=head", 6170},
		{"elastic torch", "[torchrun, '--rdzv_endpoint=paddleocr-0.paddleocr:29500', a.py]", env("PET_NNODES", "2:4"), "torchrun --rdzv_endpoint=$(PET_RDZV_ENDPOINT) a.py", 29500},
	} {
		changes := []string{launch, c.command}
		if c.env != "" {
			changes = append(changes, "env: []", c.env)
		}
		r, _ := FromJob(manifest(t, job(changes...)))
		var vars []string
		for _, v := range r.Env {
			vars = append(vars, " "+v.Name+"="+v.Value)
		}
		slices.Sort(vars)
		if got := strings.Join(slices.Concat(r.Command, r.Args), " ") + strings.Join(vars, ""); got != c.want || r.Port != c.port {
			t.Errorf("%s: port %d, %s\nwant port %d, %s", c.what, r.Port, got, c.port, c.want)
		}
		r.Name = "other"
		if err := r.Validate(); err != nil {
			t.Errorf("%s: %v", c.what, err)
		}
	}
}

func TestWorkerHosts(t *testing.T) {
	for text, want := range map[string]string{
		"a-0.a":                            "a-0/a/",
		"tcp://a-b-12.a-b:80,x-1.y.ns":     "a-b-12/a-b/ x-1/y/ns",
		"--m=a-0.a.ns.svc.cluster.local:1": "a-0/a/ns",
		"harbor-1.example.com:443":         "harbor-1/example/com", // of the form, not of one service
		"node-1.node.example.com":          "",
		"/a-0.a":                           "",
		"A-0.a_b-0.b":                      "",
		"a-0":                              "",
		"-0.a":                             "",
		"v1-2.3.4":                         "",
		"a-$(I).a":                         "",
		"":                                 "",
	} {
		var got []string
		for _, h := range workerHosts(text) {
			got = append(got, h.job+"-"+h.index+"/"+h.service+"/"+h.namespace)
		}
		if s := strings.Join(got, " "); s != want {
			t.Errorf("%q: %q, want %q", text, s, want)
		}
	}
}
