package training

import (
	"fmt"
	"strings"
	"time"

	"paddock/demo/dcgm"
)

// notebook is a person at a notebook: now and then a cell runs.
func (c *Catalogue) notebook(r *run) Life {
	say := func(at time.Time, text string, args ...any) string {
		return at.UTC().Format("[I 2006-01-02 15:04:05.000 ServerApp] ") + fmt.Sprintf(text, args...)
	}
	start := note(4*time.Second, func(at time.Time) []string {
		return []string{
			say(at, "jupyterlab | extension was successfully loaded."), say(at, "Serving notebooks from local directory: /home/jovyan"),
			say(at, "Jupyter Server 2.14.2 is running at:"), say(at, "http://%s:8888/lab?token=...", r.host),
			say(at, "Use Control-C to stop this server and shut down all kernels (twice to skip confirmation)."),
		}
	})
	save := track{from: 7 * time.Minute, every: 6 * time.Minute, count: 1 << 20,
		jitter: func(i int) time.Duration {
			return time.Duration(fraction(r.seed^mix(uint64(i))) * float64(5*time.Minute))
		},
		text: func(i int, at time.Time) []string {
			return []string{say(at, "Saving file at /实验/%s.ipynb", [...]string{"ablation", "数据清洗", "lr-sweep", "可视化"}[mix(r.seed+uint64(i))%4])}
		}}
	return Life{CPU: 0.4, Memory: 6 * gibibyte, Grace: time.Second, Exit: completed(), Profile: dcgm.Light, Log: c.log(onStderr(start, save))}
}

// smi is nvidia-smi, run once.
func (c *Catalogue) smi(r *run) Life {
	life := Life{CPU: 0.1, Memory: 30 << 20, Run: 1500 * time.Millisecond, Exit: completed(), Profile: dcgm.Empty}
	if r.gpus == 0 || r.driver == "" {
		life.Run = 0
		life.Exit = Exit{Code: 128, Reason: "StartError", Message: "failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: " +
			`unable to start container process: error during container init: exec: "nvidia-smi": executable file not found in $PATH: unknown`}
		return life
	}
	life.Log = c.log([]track{note(time.Second, func(at time.Time) []string {
		const rule = "+-----------------------------------------+------------------------+----------------------+"
		lines := []string{
			at.UTC().Format("Mon Jan _2 15:04:05 2006"),
			"+-----------------------------------------------------------------------------------------+",
			fmt.Sprintf("| NVIDIA-SMI %-22s Driver Version: %-14s CUDA Version: %-9s|", r.driver, r.driver, r.newest), rule,
			"| GPU  Name                 Persistence-M | Bus-Id          Disp.A | Volatile Uncorr. ECC |",
			"| Fan  Temp   Perf          Pwr:Usage/Cap |           Memory-Usage | GPU-Util  Compute M. |", rule,
		}
		for i := range r.gpus {
			lines = append(lines, fmt.Sprintf("| %3d  %-24s        On |   00000000:%02X:00.0 Off |                    0 |", i, r.product, i*16+11),
				fmt.Sprintf("| N/A   %dC    P0              %3dW / 400W |      0MiB / %6sMiB |      0%%      Default |", 31+i%4, 52+i, r.memory), rule)
		}
		return lines
	})})
	return life
}

// try is a line of Python that asks whether the GPUs can be used, which is
// what people run first; false: it is another line.
func (c *Catalogue) try(r *run, line string) (Life, bool) {
	life := Life{CPU: 1, Memory: 2 * gibibyte, Run: 7 * time.Second, Exit: completed(), Grace: time.Second, Profile: dcgm.Light}
	usable := r.gpus > 0 && r.driver != "" && r.unfit(framework{}) == nil
	var said []string
	switch {
	case strings.Contains(line, "run_check"):
		if why := r.unfit(framework{paddle: true}); why != nil {
			life.Exit, life.Log = failed(1), c.log(onStderr(note(6*time.Second, why)))
			return life, true
		}
		said = []string{"Running verify PaddlePaddle program ... ", "PaddlePaddle works well on 1 CPU."}
		if usable {
			said[1] = "PaddlePaddle works well on 1 GPU."
		}
		if usable && r.gpus > 1 {
			said = append(said, fmt.Sprintf("PaddlePaddle works well on %d GPUs.", r.gpus))
		}
		said = append(said, "PaddlePaddle is installed successfully! Let's start deep learning with PaddlePaddle now.")
	case strings.Contains(line, "cuda.is_available"):
		said = []string{python(usable)}
	case strings.Contains(line, "cuda.device_count"):
		said = []string{"0"}
		if usable {
			said[0] = fmt.Sprint(r.gpus)
		}
	default:
		return life, false
	}
	life.Log = c.log([]track{note(6*time.Second, func(time.Time) []string { return said })})
	return life, true
}
