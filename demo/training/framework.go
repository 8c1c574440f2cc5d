package training

import (
	"slices"
	"strconv"
	"strings"
	"time"

	core "k8s.io/api/core/v1"

	"paddock/demo/dcgm"
)

// framework is a way to train: how fast it goes and what it prints.
type framework struct {
	paddle bool // else PyTorch
	step   time.Duration
	save   int     // steps from one checkpoint to the next
	memory float64 // bytes on the host, and as many more for each GPU:
	perGPU float64
	length string             // the argument that says how long it trains, in units of
	each   int                // so many steps
	print  func(*run) []track // what the leading worker prints once it trains
	lead   func(*run) bool    // whether this worker is the leading one
}

// gibibyte is in bytes.
const gibibyte = 1 << 30

// frameworks by name.
func frameworks() map[string]framework {
	first := (*run).leads
	return map[string]framework{
		"paddleocr": {paddle: true, step: 820 * time.Millisecond, save: 1000, memory: 6 * gibibyte, perGPU: 3 * gibibyte,
			length: "epoch_num", each: stepsPerEpoch, print: paddleOCR, lead: first},
		"paddledetection": {paddle: true, step: 640 * time.Millisecond, save: 2000, memory: 8 * gibibyte, perGPU: 4 * gibibyte,
			length: "epoch", each: stepsPerEpoch, print: paddleDetection, lead: first},
		"paddlenlp": {paddle: true, step: 2400 * time.Millisecond, save: 250, memory: 20 * gibibyte, perGPU: 9 * gibibyte,
			length: "max_steps", each: 1, print: paddleNLP, lead: first},
		"pytorch": {step: 260 * time.Millisecond, save: 2000, memory: 5 * gibibyte, perGPU: 4 * gibibyte,
			length: "max_iters", each: 1, print: plainTorch, lead: first},
		"huggingface": {step: 1600 * time.Millisecond, save: 500, memory: 16 * gibibyte, perGPU: 8 * gibibyte,
			length: "max_steps", each: 1, print: huggingFace, lead: first},
		"lightning": {step: 520 * time.Millisecond, save: 500, memory: 6 * gibibyte, perGPU: 4 * gibibyte,
			length: "max_epochs", each: stepsPerEpoch, print: lightning, lead: first},
		"megatron": {step: 6400 * time.Millisecond, save: 100, memory: 24 * gibibyte, perGPU: 10 * gibibyte,
			length: "train-iters", each: 1, print: megatron, lead: func(r *run) bool { return r.index == r.nodes-1 }},
	}
}

// stepsPerEpoch is how large the data sets are, unless the training is so long
// that it would have more epochs than anybody trains.
const (
	stepsPerEpoch = 500
	mostEpochs    = 300
)

// recognise finds the framework of a command; empty: it is no training.
func recognise(command string, image reference) string {
	text := strings.ToLower(command)
	both := text + " " + strings.ToLower(image.repository)
	has := func(in string, words ...string) bool {
		for _, w := range words {
			if strings.Contains(in, w) {
				return true
			}
		}
		return false
	}
	switch {
	case !has(text, ".py", "-m ", "torchrun", "deepspeed", "accelerate launch", "megatron"):
		return ""
	case has(text, "pretrain_gpt", "megatron"):
		return "megatron"
	case has(text, "run_pretrain", "run_finetune", "paddlenlp", "paddleformers"):
		return "paddlenlp"
	case has(both, "ppyoloe", "picodet", "rtdetr", "paddledet"):
		return "paddledetection"
	case has(both, "paddleocr", "ppocr") || has(both, "paddle") && has(text, "tools/train.py"):
		return "paddleocr"
	case has(both, "paddle"):
		return "paddlenlp"
	case has(text, "run_clm", "transformers", "deepspeed", "accelerate", "sft"):
		return "huggingface"
	case has(text, "lightning"):
		return "lightning"
	default:
		return "pytorch"
	}
}

// usual is how long a training takes when nothing says it.
const usual = 40 * time.Minute

// train is the life of a container that trains.
func (c *Catalogue) train(pod *core.Pod, container *core.Container, r *run, f framework) Life {
	profile, _ := dcgm.ParseProfile(pod.Annotations[GPU], r.index) // an unknown word is busy
	r.end, _ = parseEnd(annotation(pod, Ends, r.index))            // and an unknown end none
	if r.end.times > 0 && r.attempt >= r.end.times {
		r.end = end{}
	}
	r.dragged = strings.Contains(pod.Annotations[GPU], string(dcgm.Straggler))
	r.schedule(f, annotation(pod, Takes, r.index))
	need := f.memory + f.perGPU*float64(max(1, r.gpus))
	life := Life{Profile: profile, Run: r.life, Exit: completed(), Grace: 4 * time.Second, CPU: 1 + 5.5*float64(max(1, r.gpus)), Memory: need}
	life.XID, _ = strconv.Atoi(annotation(pod, XID, r.index)) // no number, no XID
	if r.end.how == "" && loaders(r.command) >= 8 && !sharesMemory(pod) {
		r.end = end{how: sharedMemory, after: 80 * time.Second}
	}
	if limit := container.Resources.Limits.Memory().Value(); r.end.how == "" && limit > 0 && float64(limit) < need {
		r.end = end{how: outOfMemory, after: time.Duration(float64(6*time.Minute) * float64(limit) / need)}
	}
	if why := r.unfit(f); why != nil {
		life.Run, life.Exit, life.Profile = 9*time.Second, failed(1), dcgm.Empty
		life.Log = c.log(append(r.startup(f)[:1], onStderr(note(8*time.Second, why))...))
		return life
	}
	body := r.startup(f)
	if f.lead(r) {
		body = append(body, f.print(r)...)
	}
	if profile == dcgm.Hung {
		stop(body, hangs)
	}
	if r.end.how != "" {
		body = r.fail(f, &life, body)
	}
	life.Log = c.log(body)
	return life
}

// loaders is how many processes a command wants to load its data with.
func loaders(command string) int {
	n, _ := strconv.Atoi(argument(command, "num_workers")) // none named, none counted
	return n
}

// sharesMemory says that the pod has more than the runtime's 64 MB at /dev/shm.
func sharesMemory(pod *core.Pod) bool {
	return slices.ContainsFunc(pod.Spec.Volumes, func(v core.Volume) bool { return v.EmptyDir != nil && v.EmptyDir.Medium == core.StorageMediumMemory })
}

// hangs is when a hung training stops to print: its GPUs spin after two
// minutes, see dcgm.Hung.
const hangs = 150 * time.Second

// schedule fills in the steps of an attempt. One that comes after another
// begins at the last checkpoint.
func (r *run) schedule(f framework, takes string) {
	r.step = time.Duration(float64(f.step) * (0.9 + 0.2*fraction(r.jobSeed)))
	if r.dragged {
		r.step = r.step * 17 / 10
	}
	r.warm = 35*time.Second + time.Duration(r.jobSeed%12_000)*time.Millisecond
	r.last = int(usual / r.step)
	if n, err := strconv.Atoi(argument(r.command, f.length)); err == nil {
		r.last = min(max(1, n), 1e7) * f.each
	}
	if d, err := time.ParseDuration(takes); err == nil && d > r.warm {
		r.last = int((d - r.warm) / r.step)
	}
	r.epoch = max(stepsPerEpoch, (r.last+mostEpochs-1)/mostEpochs)
	lived := r.at(r.last) / 10
	if r.end.how != "" {
		lived = r.end.after - r.warm
	}
	r.first = min(r.attempt*int(max(0, lived)/r.step), r.last*9/10) / f.save * f.save
	r.life = r.at(r.last) + 6*time.Second
}

func (c *Catalogue) log(parts []track) Log {
	if c.Pace == nil {
		return &transcript{pace: even{}, tracks: parts}
	}
	return &transcript{pace: c.Pace, tracks: parts}
}

func completed() Exit        { return Exit{Reason: "Completed"} }
func failed(code int32) Exit { return Exit{Code: code, Reason: "Error"} }

// stop ends all tracks at a moment of the container's life.
func stop(tracks []track, at time.Duration) {
	for i := range tracks {
		tracks[i].until = at
	}
}
