package ui

import (
	"fmt"
	"strings"
	"testing"

	"paddock/fleet"
)

func filterJobs() []*fleet.Job {
	unknown := fleet.Load{Busy: fleet.Unknown(), Tensor: fleet.Unknown(), MemUsed: fleet.Unknown(), MemTotal: fleet.Unknown()}
	return []*fleet.Job{
		{
			Ref: fleet.Ref{Kind: "Job", Namespace: "vision", Name: "ocr-rec-v4"}, State: fleet.Running,
			Image: "registry/paddle:2.6.0-gpu", Product: "NVIDIA A100-SXM4-80GB", GPUs: fleet.GPUs{Requested: 16, Held: 16},
			Load:    fleet.Load{Busy: 0.93, Tensor: 0.61, MemUsed: 71, MemTotal: 80},
			Workers: []*fleet.Worker{{Pod: &fleet.Pod{Node: "gpu-0412"}, Devices: []*fleet.Device{{}}}},
		},
		{
			Ref: fleet.Ref{Kind: "PyTorchJob", Namespace: "nlp", Name: "LLM-sft"}, State: fleet.Restarting, Queue: "gold",
			Why: "w2: out of memory", GPUs: fleet.GPUs{Requested: 64, Held: 60}, Restarts: 4,
			Load:    fleet.Load{Busy: 0.02, Tensor: 0, MemUsed: 10, MemTotal: 80},
			Workers: []*fleet.Worker{{Pod: &fleet.Pod{Node: "gpu-0500"}, Devices: []*fleet.Device{{Idle: true}}}},
		},
		{
			Ref: fleet.Ref{Kind: "Job", Namespace: "nlp-dev", Name: "try"}, State: fleet.Starting, Load: unknown,
			GPUs: fleet.GPUs{Requested: 1}, Why: "拉取镜像",
		},
	}
}

func TestFilterJobs(t *testing.T) {
	const ocr, llm, try = "ocr-rec-v4", "LLM-sft", "try"
	tests := []struct{ text, want string }{
		{"", "ocr-rec-v4 LLM-sft try"},
		{"   ", "ocr-rec-v4 LLM-sft try"},
		{"ocr", ocr},
		{"llm", llm},             // lower case finds either
		{"Llm", ""},              // an upper-case letter makes it strict
		{"nlp", "LLM-sft try"},   // part of a namespace
		{"nlp/LLM-sft", llm},     // as it is written elsewhere
		{"nlp sft", llm},         // both
		{`"out of memory"`, llm}, // spaces
		{"拉取", try},
		{"/^(ocr|try)/", "ocr-rec-v4 try"},
		{"/^llm", llm}, // the slash may be missing
		{"~v[0-9]$", ocr},
		{"-/ocr|out of/", try},
		{"team:nlp", llm},
		{"team:nlp*", "LLM-sft try"},
		{"team:nlp,vision", "ocr-rec-v4 LLM-sft"},
		{"team:nlp,", llm},
		{"TEAM:nlp", llm},
		{"state:start", try}, // not restarting
		{"!state:running", "LLM-sft try"},
		{"-team:nlp -ocr", try},
		{"kind:pytorch", llm},
		{"node:gpu-04*", ocr},
		{"node:0500", llm},
		{"node:gpu-05", llm},
		{"-node:gpu", try},
		{"image:paddle:2.6", ocr},
		{"image:~2\\.[67]", ocr},
		{"image:registry/*", ocr},
		{"product:a100-sxm4", ocr},
		{"queue:gold", llm},
		{"why:memory", llm},
		{"gpus:16", ocr},
		{"gpus:>8", "ocr-rec-v4 LLM-sft"},
		{"gpus:>=64", llm},
		{"gpus:<8", try},
		{"gpus:<=1", try},
		{"busy:<5%", llm}, // unknown is not less than 5
		{"busy:<5", llm},
		{"busy:>90", ocr},
		{"-busy:<5%", "ocr-rec-v4 try"},
		{"mem:>80", ocr},
		{"restarts:>0", llm},
		{"idle:yes", llm},
		{"idle:y", llm},
		{"idle:no", "ocr-rec-v4 try"},
		// not yet a condition
		{"team:", "ocr-rec-v4 LLM-sft try"},
		{"gpus:>", "ocr-rec-v4 LLM-sft try"},
		{"-", "ocr-rec-v4 LLM-sft try"},
		{"/", "ocr-rec-v4 LLM-sft try"},
		{`"`, "ocr-rec-v4 LLM-sft try"},
		{"ocr -", ocr},
	}
	for _, tt := range tests {
		f, err := parseFilter(tt.text, jobKeys())
		if err != nil {
			t.Errorf("%q: %v", tt.text, err)
			continue
		}
		var got []string
		for _, j := range filterJobs() {
			if f.match(j, noon) {
				got = append(got, j.Ref.Name)
			}
		}
		if s := strings.Join(got, " "); s != tt.want {
			t.Errorf("%q finds %q, want %q", tt.text, s, tt.want)
		}
	}
}

func TestFilterErrors(t *testing.T) {
	tests := []struct{ text, want string }{
		{"taem:nlp", `no key "taem:" here; the keys are name: team:`},
		{":nlp", `no key ":" here`},
		{"/(", "not a regular expression: missing closing )"},
		{"node:gpu-[0", "not a pattern: \"gpu-[0\" has an open ["},
		{"gpus:many", `gpus: needs a number, as in gpus:>8, not "many"`},
		{"gpus:><3", `gpus: compares with > >= < <= or =, not with "><"`},
		{"idle:perhaps", `idle: is yes or no, not "perhaps"`},
	}
	for _, tt := range tests {
		f, err := parseFilter(tt.text, jobKeys())
		if err == nil || !strings.HasPrefix(err.Error(), tt.want) {
			t.Errorf("%q: error %v, want %q", tt.text, err, tt.want)
		}
		if !f.empty() {
			t.Errorf("%q: an invalid filter has conditions", tt.text)
		}
	}
}

func TestFilterOtherRows(t *testing.T) {
	worker := &fleet.Worker{
		Pod: &fleet.Pod{Node: "gpu-0412", GPUs: 8, Main: fleet.Container{Image: "paddle:2.6"}},
		Ref: fleet.Ref{Kind: "Pod", Namespace: "nlp", Name: "llm-3"}, Job: fleet.Ref{Kind: "Job", Namespace: "nlp", Name: "llm"},
		Role: "worker", State: fleet.Failing, Reason: "CrashLoopBackOff", Load: fleet.Load{MaxTemp: 84},
		Devices: []*fleet.Device{{Reading: &fleet.Reading{Hardware: &fleet.Hardware{Product: "NVIDIA H100"}}, Idle: true}},
	}
	for _, text := range []string{"llm-3", "team:nlp", "job:llm", "role:work", "state:fail", "node:gpu-04*", "image:2.6",
		"product:nvidia-h100", "why:crash", "gpus:8", "temp:>80", "idle:yes", "-done"} {
		checkMatch(t, text, workerKeys(), worker, true)
	}
	for _, text := range []string{"team:nl", "gpus:<8", "busy:>50", "idle:no", "node:gpu-05*"} {
		checkMatch(t, text, workerKeys(), worker, false)
	}
	node := &fleet.Node{
		Name: "gpu-0412", Ready: true, GPUs: fleet.NodeGPUs{Capacity: 8, Allocatable: 8, Free: 2, Held: 6, Missing: -1},
		Object:  &fleet.NodeObject{Name: "gpu-0412", Ready: true, Pool: "a100", Product: "NVIDIA-A100", Driver: "550.54.15", CUDA: "12.4"},
		Workers: []*fleet.Worker{worker},
	}
	for _, text := range []string{"0412", "state:ready", "pool:a100", "product:a100", "driver:550", "cuda:12", "team:nlp", "job:llm",
		"free:>0", "held:6", "broken:0", "idle:no"} {
		checkMatch(t, text, nodeKeys(), node, true)
	}
	for _, text := range []string{"state:cordoned", "driver:54", "missing:>0", "missing:0", "free:8"} {
		checkMatch(t, text, nodeKeys(), node, false)
	}
	team := &fleet.Team{Name: "vision", Display: "视觉组", Held: 24, Waiting: 8, Idle: 3, States: map[fleet.State]int{fleet.Failing: 1, fleet.Running: 0}}
	for _, text := range []string{"视觉", "team:视觉组", "team:vision", "state:failing", "held:>8", "waiting:8", "idle:yes"} {
		checkMatch(t, text, teamKeys(), team, true)
	}
	for _, text := range []string{"team:vis", "state:running", "idle:no"} {
		checkMatch(t, text, teamKeys(), team, false)
	}
}

func checkMatch[T any](t *testing.T, text string, keys []filterKey[T], row T, want bool) {
	t.Helper()
	f, err := parseFilter(text, keys)
	if err != nil {
		t.Errorf("%q: %v", text, err)
	} else if f.match(row, noon) != want {
		t.Errorf("%q: match is %v, want %v", text, !want, want)
	}
}

func TestCompleteFilter(t *testing.T) {
	f := &fleet.Fleet{
		Jobs:  filterJobs(),
		Teams: []*fleet.Team{{Name: "nlp"}, {Name: "nlp-dev"}, {Name: "vision"}},
		Nodes: []*fleet.Node{{Object: &fleet.NodeObject{Pool: "a100"}}, {Object: &fleet.NodeObject{Pool: "a100"}}, {}},
	}
	tests := []struct{ text, want string }{
		{"", ""},
		{"ocr ", ""},
		{"te", "team:|tens:"},
		{"ocr -te", "ocr -team:|ocr -tens:"},
		{"team:", "team:nlp|team:nlp-dev|team:vision"},
		{"team:nlp", "team:nlp-dev"},
		{"team:vision,n", "team:vision,nlp|team:vision,nlp-dev"},
		{"state:fa", "state:failed|state:failing"},
		{"idle:", "idle:no|idle:yes"},
		{"kind:P", "kind:PyTorchJob"},
		{"nonsense:", ""},
	}
	for _, tt := range tests {
		if got := strings.Join(completeFilter(tt.text, jobKeys(), f), "|"); got != tt.want {
			t.Errorf("%q completes to %q, want %q", tt.text, got, tt.want)
		}
	}
	if got := strings.Join(completeFilter("pool:", nodeKeys(), f), "|"); got != "pool:a100" {
		t.Errorf("pool: completes to %q", got)
	}
	if got := strings.Join(completeFilter("state:n", nodeKeys(), f), "|"); got != "state:notready" {
		t.Errorf("a node's state: completes to %q", got)
	}
}

func FuzzParseFilter(f *testing.F) {
	for _, s := range []string{"ocr", "-team:a,b", "/x\\/", "node:[", "gpus:>=8", `"a b`, "!", "idle:", "state:~(", "视觉 busy:<5%", "team:/a b/"} {
		f.Add(s)
	}
	jobs := filterJobs()
	f.Fuzz(func(t *testing.T, text string) {
		parsed, err := parseFilter(text, jobKeys())
		if err != nil {
			if err.Error() == "" || strings.Contains(err.Error(), "\n") && !strings.Contains(text, "\n") {
				t.Errorf("%q: error is no sentence: %q", text, err)
			}
			return
		}
		for _, j := range jobs {
			parsed.match(j, noon)
		}
		completeFilter(text, jobKeys(), &fleet.Fleet{Jobs: jobs})
		if words := filterWords(text); strings.ReplaceAll(strings.Join(words, ""), " ", "") != strings.ReplaceAll(text, " ", "") {
			t.Errorf("%q: words lose text: %q", text, words)
		}
	})
}

func manyWorkers(n int) []*fleet.Worker {
	out := make([]*fleet.Worker, n)
	for i := range out {
		name := fmt.Sprintf("llm-sft-7b-run%d-worker-%d", i/16, i%16)
		out[i] = &fleet.Worker{
			Pod:   &fleet.Pod{Node: fmt.Sprintf("gpu-%04d", i/8), GPUs: 1},
			Ref:   fleet.Ref{Kind: "Pod", Namespace: fmt.Sprintf("team-%d", i%20), Name: name},
			State: fleet.Running, Load: fleet.Load{Busy: float64(i%100) / 100},
		}
	}
	return out
}

func BenchmarkFilter10kWorkers(b *testing.B) {
	rows := manyWorkers(10_000)
	for _, text := range []string{"worker-15", "Worker", "/run6[0-9]+-/", "team:team-3,team-4 node:gpu-04* busy:<5%"} {
		b.Run(text, func(b *testing.B) {
			f, err := parseFilter(text, workerKeys())
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				for _, r := range rows {
					f.match(r, noon)
				}
			}
		})
	}
}

// What the help shows is what the filter takes.
func TestFilterHelp(t *testing.T) {
	for _, b := range filterSection().bindings {
		if strings.HasPrefix(b.help, "keys: ") {
			continue
		}
		f, err := parseFilter(b.show, jobKeys())
		if err != nil || f.empty() {
			t.Errorf("%s: %v, empty %v", b.show, err, f.empty())
		}
	}
}

func TestWorkersAreFoundByRank(t *testing.T) {
	w := &fleet.Worker{Pod: &fleet.Pod{}, FirstRank: 32, Ranks: 8}
	for text, want := range map[string]bool{"rank:37": true, "rank:32": true, "rank:40": false, "rank:3": false} {
		f, err := parseFilter(text, workerKeys())
		if err != nil || f.match(w, noon) != want {
			t.Errorf("%s: %v, %v; want %v", text, f.match(w, noon), err, want)
		}
	}
}
