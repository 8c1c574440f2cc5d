package submit

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

// everything is a recipe in which every field says something else than its default.
func everything() Recipe {
	return Recipe{
		Name: "ocr-rec-v4", Team: "ocr", Framework: Paddle,
		Image:   "paddlepaddle/paddle:2.6.1-gpu-cuda11.7-cudnn8.4-trt8.4",
		Command: []string{"python", "-m", "paddle.distributed.launch"}, Args: []string{"tools/train.py", "-c", "configs/rec v4.yml"},
		Workers: Workers{2, 8}, Etcd: "paddle-etcd.infra:2379",
		GPUs: 8, Resource: "huawei.com/Ascend910", Product: "NVIDIA-A100-SXM4-80GB", CPU: "32", Memory: "256Gi", Shm: "64Gi",
		Env: []EnvVar{
			{Name: "NCCL_DEBUG", Value: "INFO"},
			{Name: "EMPTY"},
			{Name: "NUMBER", Value: "007"},
			{Name: "LABEL", Value: "标签: true"},
			{Name: "WANDB_API_KEY", From: EnvSource{"Secret", "wandb"}, Key: "key"},
			{Name: "LR", From: EnvSource{"ConfigMap", "hyper"}, Key: "lr"},
		},
		EnvFrom:    []EnvSource{{"ConfigMap", "hyper"}, {"Secret", "tokens"}},
		Volumes:    []Volume{{Claim: "train-data", Mount: "/data"}, {HostPath: "/mnt/nfs", Mount: "/nfs", ReadOnly: true}},
		PullSecret: "harbor", ServiceAccount: "trainer", PriorityClass: "production", Queue: "ocr",
		NodeSelector: map[string]string{"pool": "a100", "example.com/rack": "7"},
		Tolerations:  []Toleration{"dedicated=ocr:NoSchedule", "nvidia.com/gpu:NoExecute", "spot", "*", "empty="},
		Retries:      0, TimeLimit: Span(36 * time.Hour), Keep: Span(3 * day), Port: 36543,
	}
}

func TestWhatIsWrittenIsReadAgain(t *testing.T) {
	for name, r := range map[string]Recipe{"default": Default(), "everything": everything()} {
		text, err := Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		got, err := Parse(text)
		if err != nil {
			t.Fatalf("%s: %v\n%s", name, err, text)
		}
		if !reflect.DeepEqual(got, r) {
			t.Errorf("%s:\ngot  %+v\nwant %+v\n%s", name, got, r, text)
		}
	}
}

// A field that is forgotten in the test above would be forgotten in the table too.
func TestEverythingSetsEveryField(t *testing.T) {
	r, d := everything(), Default()
	set := 0
	for _, f := range r.fields() {
		was, _ := d.field(f.name)
		if !reflect.DeepEqual(reflect.ValueOf(f.at).Elem().Interface(), reflect.ValueOf(was.at).Elem().Interface()) {
			set++
		}
	}
	if all := reflect.TypeFor[Recipe]().NumField(); set != all || len(Fields()) != all {
		t.Errorf("%d of %d fields are set; %d have a name", set, all, len(Fields()))
	}
}

func TestTheTemplatesAreRecipes(t *testing.T) {
	for f, command := range map[Framework][]string{Paddle: {"python", "-m", "paddle.distributed.launch"}, PyTorch: {"torchrun"}, Plain: {"python"}} {
		r, err := Parse([]byte(Template(f, "nlp")))
		if err != nil {
			t.Fatalf("%s: %v", f, err)
		}
		if r.Framework != f || !slices.Equal(r.Command, command) || strings.HasPrefix(r.Image, "pytorch/") != (f == PyTorch) {
			t.Errorf("%s: %+v", f, r)
		}
		r.Name, r.Team = "sft", "nlp"
		if err := r.Validate(); err != nil {
			t.Errorf("%s: it can't be sent as it is: %v", f, err)
		}
		var all strings.Builder // with every comment that is a field taken in
		for line := range strings.Lines(Template(f, "")) {
			all.WriteString(strings.TrimPrefix(line, "# "))
		}
		text := strings.Replace(all.String(), "A training job. Lines that begin with # are as good as not there.", "", 1)
		r, err = Parse([]byte(text))
		if err != nil {
			t.Fatalf("%s: its comments are no fields: %v", f, err)
		}
		for _, name := range Fields() {
			if !strings.Contains("\n"+text, "\n"+name+":") {
				t.Errorf("%s: it is silent on %s", f, name)
			}
		}
		if err := r.Validate(); err != nil {
			t.Errorf("%s: with its comments it can't be sent: %v", f, err)
		}
	}
}

func TestParseNamesTheLine(t *testing.T) {
	for text, want := range map[string]string{
		"name: a\ngpu: 8\n":                "line 2: no field is called \"gpu\"; \"gpus\" is",
		"name: a\n\nColour: red\n":         "line 3: no field is called \"Colour\"",
		"nodeselector: {a: b}":             "line 1: no field is called \"nodeselector\"; \"nodeSelector\" is",
		"gpus: eight":                      "line 1: gpus: \"eight\" is not a whole number",
		"gpus: 1.5":                        "line 1: gpus: \"1.5\" is not a whole number",
		"gpus: [8]":                        "line 1: gpus: is one value, not a list",
		"workers: 8:2":                     "line 1: workers: \"8:2\" is neither a number of workers nor least:most",
		"workers: 0":                       "line 1: workers: \"0\" is neither a number of workers nor least:most",
		"command: python train.py":         "line 1: command: is a list: [A, B]",
		"name: a\nargs:\n- x\n- {y: z}\n":  "line 4: args: has an item that is no word",
		"volumes: [a:/b, c]":               "line 1: volumes: \"c\" is not CLAIM:/PATH nor /HOSTPATH:/PATH, with :ro behind it for read-only",
		"volumes: [a:/b:rw]":               "line 1: volumes: \"a:/b:rw\" is not CLAIM:/PATH nor /HOSTPATH:/PATH, with :ro behind it for read-only",
		"env:\n  A: 1\n  B: {secret: x}\n": "line 3: env: B is neither a value nor {secret: NAME/KEY} nor {configMap: NAME/KEY}",
		"env: [A=1]":                       "line 1: env: is a list of NAME: VALUE",
		"envFrom: [vault x]":               "line 1: envFrom: \"vault x\" is neither \"secret NAME\" nor \"configMap NAME\"",
		"nodeSelector:\n  a: [b]":          "line 2: nodeSelector: a has more than one value",
		"tolerations: ['a b']":             "line 1: tolerations: \"a b\" is not KEY=VALUE:EFFECT, KEY:EFFECT, KEY or *",
		"timeLimit: soon":                  "line 1: timeLimit: \"soon\" is not a time like 90m, 36h or 7d",
		"timeLimit: 100ms":                 "line 1: timeLimit: \"100ms\" is not a time like 90m, 36h or 7d",
		"name: a\nname: b":                 "line 2: name is said twice",
		"- name: a":                        "line 1: a recipe is a list of FIELD: VALUE",
		"name: [":                          "line 1: did not find expected node content",
		"gpus: x\nretries: y\nfoo: 1\nname: \"a\nworkers:": "line ", // the rest says YAML's own reader
		"gpus: x\nretries: y":                              "line 1: gpus: \"x\" is not a whole number\nline 2: retries: \"y\" is not a whole number",
	} {
		_, err := Parse([]byte(text))
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q:\ngot  %v\nwant %s", text, err, want)
		}
	}
}

func TestParseForgives(t *testing.T) {
	for _, text := range []string{"", "# nothing\n", "---\n", "name:\nqueue: ~\n", "env:\nvolumes: []\n"} {
		r, err := Parse([]byte(text))
		if err != nil || !reflect.DeepEqual(r, Default()) {
			t.Errorf("%q: %+v, %v", text, r, err)
		}
	}
}

func TestSet(t *testing.T) {
	base := everything()
	for _, c := range []struct {
		set  string
		want func(r *Recipe)
		err  string
	}{
		{set: "gpus=4", want: func(r *Recipe) { r.GPUs = 4 }},
		{set: "image=a/b:c=d", want: func(r *Recipe) { r.Image = "a/b:c=d" }},
		{set: "queue=", want: func(r *Recipe) { r.Queue = "" }},
		{set: "workers=4", want: func(r *Recipe) { r.Workers = Workers{4, 4} }},
		{set: "env.NCCL_DEBUG=*WARN", want: func(r *Recipe) { r.Env[0].Value = "*WARN" }},
		{set: "env.NEW=a=b", want: func(r *Recipe) { r.Env = append(r.Env, EnvVar{Name: "NEW", Value: "a=b"}) }},
		{set: "env.LR={secret: s/k}", want: func(r *Recipe) { r.Env[5] = EnvVar{Name: "LR", From: EnvSource{"Secret", "s"}, Key: "k"} }},
		{set: "nodeSelector.example.com/rack=8", want: func(r *Recipe) { r.NodeSelector["example.com/rack"] = "8" }},
		{set: "args=[-c, x.yml]", want: func(r *Recipe) { r.Args = []string{"-c", "x.yml"} }},
		{set: "volumes=[]", want: func(r *Recipe) { r.Volumes = nil }},
		{set: "keep=7d", want: func(r *Recipe) { r.Keep = Span(7 * day) }},
		{set: "gpus", err: `"gpus" is not FIELD=VALUE`},
		{set: "gpu=1", err: `no field is called "gpu"; "gpus" is`},
		{set: "gpus=x", err: `gpus: "x" is not a whole number`},
		{set: "gpus.x=1", err: `gpus.x: is one value, not a list`},
		{set: "args=-c", err: `args: is a list: [A, B]`},
		{set: "args=[", err: `args: "[" is no YAML`},
	} {
		got, err := Set(base, c.set)
		if c.err != "" {
			if err == nil || err.Error() != c.err {
				t.Errorf("%s: %v, want %s", c.set, err, c.err)
			}
			continue
		}
		want := everything()
		c.want(&want)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %v\ngot  %+v\nwant %+v", c.set, err, got, want)
		}
		if !reflect.DeepEqual(base, everything()) {
			t.Fatalf("%s changed the recipe that it was given", c.set)
		}
	}
}

func TestSpan(t *testing.T) {
	for text, want := range map[string]string{"7d": "7d", "48h": "2d", "36h": "36h", "90m": "90m", "1h30m": "90m", "45s": "45s", "0": "0", "120s": "2m"} {
		s, err := ParseSpan(text)
		if err != nil || s.String() != want {
			t.Errorf("%s: %v, %v", text, s, err)
		}
	}
	for _, text := range []string{"", "-1h", "-3d", "d", "99999999999h", "9999999d", "1.5d"} {
		if s, err := ParseSpan(text); err == nil {
			t.Errorf("%q is %v", text, s)
		}
	}
}

func TestValidate(t *testing.T) {
	good := func() Recipe {
		r := Default()
		r.Name, r.Team, r.Image = "a", "t", "busybox:1"
		return r
	}
	for _, c := range []struct {
		change func(r *Recipe)
		want   string
	}{
		{func(*Recipe) {}, ""},
		{func(r *Recipe) { r.Name = "" }, "name: how shall the job be called?"},
		{func(r *Recipe) { r.Name = "Job_1" }, `name: "Job_1" is not made of`},
		{func(r *Recipe) { r.Name = "1a" }, `name: "1a" is not made of`},
		{func(r *Recipe) { r.Name = strings.Repeat("a", 61); r.Workers = Workers{10, 10} }, ""},
		{func(r *Recipe) { r.Name = strings.Repeat("a", 61); r.Workers = Workers{11, 11} }, "longer than 63 letters"},
		{func(r *Recipe) { r.Team = "" }, "team: in which namespace?"},
		{func(r *Recipe) { r.Image = "" }, "image: which image?"},
		{func(r *Recipe) { r.CPU = "lots" }, `cpu: "lots" is no amount`},
		{func(r *Recipe) { r.Memory = "-1Gi" }, `memory: "-1Gi" is no amount`},
		{func(r *Recipe) { r.Workers = Workers{1, 100_001} }, "at most 100000"},
		{func(r *Recipe) { r.Retries = 2147483647; r.Workers = Workers{2, 2} }, "retries: too many"},
		{func(r *Recipe) { r.Retries = -1 }, "retries: can't be less"},
		{func(r *Recipe) { r.GPUs = -1 }, "gpus: can't be less"},
		{func(r *Recipe) { r.Port = 0 }, "port: 0 is no port"},
		{func(r *Recipe) { r.Framework = "jax" }, `framework: "jax" is none of`},
		{func(r *Recipe) { r.Workers = Workers{1, 2} }, "only paddle and pytorch can be elastic"},
		{func(r *Recipe) { r.Framework, r.Workers = Paddle, Workers{1, 2} }, "etcd: elastic workers of Paddle meet in an etcd"},
		{func(r *Recipe) { r.Framework, r.Workers = Paddle, Workers{2, 2} }, "command: say it"},
		{func(r *Recipe) { r.Framework = Paddle }, ""},
		{func(r *Recipe) { r.Etcd = "etcd://x:1" }, "is not HOST:PORT"},
		{func(r *Recipe) { r.Volumes = []Volume{{Claim: "a", Mount: "/dev/shm"}} }, "volumes: /dev/shm has two volumes"},
		{func(r *Recipe) { r.Env = []EnvVar{{Name: "a b"}} }, `env: "a b" is no name`},
	} {
		r := good()
		c.change(&r)
		err := r.Validate()
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%v, want %q", err, c.want)
		}
		if _, made := Objects(r); (made != nil) != (err != nil) {
			t.Errorf("objects are made of what is not valid, or the reverse: %v, %v", made, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, framework := range []Framework{Paddle, PyTorch, Plain} {
		f.Add([]byte(Template(framework, "")))
	}
	all, err := Marshal(everything())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(all)
	f.Add([]byte("env: &a {A: 1}\nnodeSelector: *a\n"))
	f.Add([]byte("---\n# a\n---\nname: a\n---\n"))
	f.Add([]byte("args: [!!binary aGk=, 1, ~]\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		r, err := Parse(text)
		if err != nil {
			return
		}
		again, err := Marshal(r)
		if err != nil {
			t.Fatalf("%+v can't be written: %v", r, err)
		}
		back, err := Parse(again)
		if err != nil || !reflect.DeepEqual(back, r) {
			t.Fatalf("%v\nread    %+v\nwritten %s\nread    %+v", err, r, again, back)
		}
		_, _ = Objects(r) // it may refuse, it must not panic
	})
}
