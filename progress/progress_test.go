package progress

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"
)

// told is a Progress in words, without what was not told.
func told(p Progress) string {
	var b strings.Builder
	fmt.Fprint(&b, p.Format)
	add := func(ok bool, format string, args ...any) {
		if ok {
			fmt.Fprintf(&b, " "+format, args...)
		}
	}
	add(p.StepTold, "step=%d", p.Step)
	add(p.Steps > 0, "/%d", p.Steps)
	add(p.InEpoch, "inepoch")
	add(!math.IsNaN(p.Epoch), "epoch=%v", p.Epoch)
	add(!math.IsNaN(p.Epochs), "of=%v", p.Epochs)
	add(p.LossTold, "loss=%v", p.Loss)
	add(!math.IsNaN(p.Rate), "lr=%v", p.Rate)
	add(!math.IsNaN(p.Speed), "%.4g%s", p.Speed, p.Unit)
	add(p.StepTime > 0, "%v", p.StepTime)
	add(p.ETA >= 0, "eta=%v", p.ETA)
	add(p.Nans > 0, "nans=%d", p.Nans)
	if f, ok := p.Fraction(); ok {
		fmt.Fprintf(&b, " %.4f", f)
	}
	return b.String()
}

// The samples are those of the frameworks' sources and issues.
var samples = []struct{ line, want string }{
	{"[2022/08/08 16:28:28] ppocr INFO: epoch: [1/200], global_step: 10, lr: 0.000006, loss: 1.871535, avg_reader_cost: 0.28200 s, avg_batch_cost: 0.82318 s, avg_samples: 8.0, ips: 9.71838 samples/s, eta: 0:51:59",
		"paddleocr step=10 epoch=1 of=200 loss=1.871535 lr=6e-06 9.718samples/s eta=51m59s 0.0000"},
	{"[2022/08/08 16:28:28] ppocr INFO: epoch: [3/200], iter: 20, lr: 0.001, structure_loss: 9.5, loss: 0.5, ips: 100.0",
		"paddleocr step=20 epoch=3 of=200 loss=0.5 lr=0.001 100samples/s 0.0100"},
	{"ppocr INFO: epoch: [1/200], global_step: 10, lr: 0.000006, loss: nan, avg_samples: 8.0, ips: 9.71838 samples/s, eta: 35 days, 5:08:42, max_mem_reserved: 5510 MB, max_mem_allocated: 4917 MB",
		"paddleocr step=10 epoch=1 of=200 loss=NaN lr=6e-06 9.718samples/s eta=845h8m42s 0.0000"},
	{"[08/15 04:02:46] ppdet.engine INFO: Epoch: [0] [   0/1929] learning_rate: 0.040000 loss_vfl: 1.216707 loss_bbox: 0.5 loss: 2.903065 eta: 17 days, 13:50:26 batch_cost: 15.7452 data_cost: 2.9112 ips: 1.5243 images/s",
		"ppdet step=0 /1929 inepoch epoch=0 loss=2.903065 lr=0.04 1.524images/s eta=421h50m26s"},
	{"[2022/04/30 11:30:30] ppcls INFO: [Train][Epoch 1/300][Iter: 100/1252]lr: 0.00403, CELoss: 6.97696, loss: 6.97696, batch_cost: 0.94871s, reader_cost: 0.22499, ips: 269.84145 images/sec, eta: 4 days, 2:00:00",
		"ppcls step=100 /1252 inepoch epoch=1 of=300 loss=6.97696 lr=0.00403 269.8images/s eta=98h0m0s 0.0003"},
	{"ppcls INFO: [Train][Epoch 2/300][Iter: 0/1252]lr(PiecewiseDecay): 0.1, CELoss: 6.9, loss: 6.9, ips: 269.8",
		"ppcls step=0 /1252 inepoch epoch=2 of=300 loss=6.9 lr=0.1 269.8images/s 0.0033"},
	{"[TRAIN] epoch: 1, iter: 10/1000, loss: 1.2345, lr: 0.009910, batch_cost: 0.2500, reader_cost: 0.01000, ips: 16.0000 samples/sec | ETA 00:04:07",
		"ppseg step=10 /1000 epoch=1 loss=1.2345 lr=0.00991 16samples/s eta=4m7s 0.0100"},
	{"[TRAIN] epoch=1, iter=10/1000, loss=1.2345, lr=0.009910, batch_cost=0.25, ips=16.0 samples/sec | ETA 00:04:07",
		"ppseg step=10 /1000 epoch=1 loss=1.2345 lr=0.00991 16samples/s eta=4m7s 0.0100"},
	{"ppocr INFO: epoch: [1/200], global_step: 10, lr: 0.000006, loss: nanxxx, avg_samples: 8.0, ips: 9.71838 samples/s",
		"paddleocr step=10 epoch=1 of=200 loss=NaN lr=6e-06 9.718samples/s 0.0000"},
	{"[2022-08-31 16:19:16,008] [    INFO] - loss: 3.25806541, learning_rate: 2.999e-05, global_step: 10, interval_runtime: 2.2591, interval_samples_per_second: 3.541, interval_steps_per_second: 4.427, epoch: 0.0265",
		"paddlenlp step=10 epoch=0.0265 loss=3.25806541 lr=2.999e-05 3.541samples/s"},
	{"loss: 3.2, learning_rate: 2.999e-05, global_step: 10, interval_runtime: 2.2, progress_or_epoch: 0.5",
		"paddlenlp step=10 epoch=0.5 loss=3.2 lr=2.999e-05"},
	{"{'loss': 3.2363, 'grad_norm': 1.2117664813995361, 'learning_rate': 0.00019984, 'epoch': 0.0}",
		"hf epoch=0 loss=3.2363 lr=0.00019984"},
	{"{'loss': '3.2363', 'grad_norm': '1.2', 'learning_rate': '0.0002', 'epoch': '0.12'}",
		"hf epoch=0.12 loss=3.2363 lr=0.0002"},
	{"  5%|▌         | 1500/30000 [05:00<1:35:00,  5.00it/s]",
		"tqdm step=1500 /30000 5it/s eta=1h35m0s 0.0500"},
	{"  0%|          | 0/30000 [00:00<?, ?it/s]",
		"tqdm step=0 /30000 0.0000"},
	{"Training:  50%|#####     | 1.5k/3.0k [05:00<05:00,  2.00s/it, loss=2]",
		"tqdm step=1500 /3000 0.5it/s eta=5m0s 0.5000"},
	{" [2025-10-06 03:27:07] iteration       10/      10 | consumed samples:         5120 | elapsed time per iteration (ms): 4647.8 | learning rate: 1.500000E-06 | global batch size:   512 | lm loss: 9.763827E+00 | loss scale: 1.0 | grad norm: 33.055 | number of skipped iterations:   0 | number of nan iterations:   0 |",
		"megatron step=10 /10 loss=9.763827 lr=1.5e-06 4.6478s 1.0000"},
	{" iteration       11/     100 | consumed samples:         5120 | elapsed time per iteration (ms): 4647.8 | throughput per GPU (TFLOP/s/GPU): 171.2 | learning rate: 1.5E-06 | global batch size:   512 | loss scale: 1.0 | number of skipped iterations:   1 | number of nan iterations:   3 |",
		"megatron step=11 /100 lr=1.5e-06 4.6478s nans=3 0.1100"},
	{"[2023-12-29 13:02:49,647] [INFO] [logging.py:96:log_dist] [Rank 0] step=10, skipped=0, lr=[0.000333], mom=[(0.9, 0.999)]",
		"deepspeed step=10 lr=0.000333"},
	{"[INFO] [timer.py:260:stop] epoch=0/micro_step=10/global_step=10, RunningAvgSamplesPerSec=110.86, CurrSamplesPerSec=111.33, MemAllocated=1.87GB, MaxMemAllocated=6.12GB",
		"deepspeed step=10 111.3samples/s"},
	{"Epoch 0:   5%|▌         | 3/58 [00:08<02:28,  2.69s/it, v_num=10, train_loss_step=0.952]",
		"lightning step=3 /58 inepoch epoch=0 loss=0.952 0.3717it/s eta=2m28s"},
	{"iter 10: loss 3.2100, time 131.20ms, mfu 30.10%",
		"nanogpt step=10 loss=3.21 131.2ms"},
}

// plain reads the formats of the frameworks alone.
func plain(tb testing.TB) *Reader {
	formats, err := NewFormats(nil)
	if err != nil {
		tb.Fatal(err)
	}
	return formats.Reader()
}

func TestFormats(t *testing.T) {
	for _, s := range samples {
		r := plain(t)
		p, ok := r.Line(s.line)
		if got := told(p); !ok || got != s.want {
			t.Errorf("%s\n got %s\nwant %s", s.line, got, s.want)
		}
	}
}

func TestWhatIsNoProgress(t *testing.T) {
	r := plain(t)
	for _, line := range []string{
		"", "loss", "starting epoch", "Downloading: 100%|##########| 5/5 [00:01<00:00,  5.00it/s]", "Map:  10%|#  | 1000/10000 [00:01<00:09, 1000.00it/s]",
		"Loading checkpoint shards: 100%|##########| 3/3 [00:09<00:00,  3.01s/it]", "Validation DataLoader 0:  50%|##  | 1/2 [00:00<00:00, 9.00it/s]",
		"ppocr INFO: cur metric, precision: 0.115, recall: 0.2, hmean: 0.1, fps: 30.0", "step N: train loss 1.0, val loss 2.0", "ERROR out of memory",
	} {
		if p, ok := r.Line(line); ok {
			t.Errorf("%q is progress: %s", line, told(p))
		}
	}
	if _, ok := r.Current(); ok {
		t.Error("something is known")
	}
}

// Halves of one framework's progress come on several lines.
func TestLinesAddUp(t *testing.T) {
	for _, c := range []struct {
		lines []string
		want  string
	}{
		{[]string{"[INFO] -   Total optimization steps = 37,800", samples[9].line}, "paddlenlp step=10 /37800 epoch=0.0265 loss=3.25806541 lr=2.999e-05 3.541samples/s 0.0003"},
		{[]string{"Total optimization steps = 37800.0", samples[9].line}, "paddlenlp step=10 /37800 epoch=0.0265 loss=3.25806541 lr=2.999e-05 3.541samples/s 0.0003"},
		{[]string{samples[13].line, samples[11].line}, "hf step=1500 /30000 epoch=0 loss=3.2363 lr=0.00019984 5it/s eta=1h35m0s 0.0500"},
		{[]string{samples[18].line, samples[19].line}, "deepspeed step=10 lr=0.000333 111.3samples/s"},
		{[]string{samples[13].line, " 50%|##  | 10/20 [00:01<00:01, 10.00it/s]"}, "tqdm step=1500 /30000 5it/s eta=1h35m0s 0.0500"}, // an evaluation's
	} {
		r := plain(t)
		for _, l := range c.lines {
			r.Line(l)
		}
		if p, _ := r.Current(); told(p) != c.want {
			t.Errorf("%s, want\n%s", told(p), c.want)
		}
	}
}

func TestOwnPatterns(t *testing.T) {
	formats, err := NewFormats([]Pattern{{"mine", `it=(?P<step>\d+) of (?P<steps>\d+) l=(?P<loss>\S+) left (?P<eta>\S+)`}})
	if err != nil {
		t.Fatal(err)
	}
	r := formats.Reader()
	if p, ok := r.Line("it=5 of 10 l=0.5 left 90"); !ok || told(p) != "mine step=5 /10 loss=0.5 eta=1m30s 0.5000" {
		t.Errorf("%s", told(p))
	}
	for _, c := range []struct{ re, says string }{
		{`(?P<step>\d+`, `progress pattern "x": missing closing )`},
		{`(?P<stepp>\d+)`, `no group is called "stepp"; there are step, steps,`},
		{`\d+`, `progress pattern "x" has no named group`},
	} {
		if _, err := NewFormats([]Pattern{{"x", c.re}}); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", c.re, err)
		}
	}
}

func TestETA(t *testing.T) {
	for text, want := range map[string]time.Duration{"35 days, 5:08:42": 845*time.Hour + 8*time.Minute + 42*time.Second, "1 day, 0:00:01": 24*time.Hour + time.Second, "02:28": 148 * time.Second, "90": 90 * time.Second, "1h2m": 62 * time.Minute} {
		if d, ok := etaOf(text); !ok || d != want {
			t.Errorf("%s: %s", text, d)
		}
	}
	for _, text := range []string{"?", "", "x days, 1:00", "-5", "NaN", "1e300"} {
		if d, ok := etaOf(text); ok {
			t.Errorf("%q: %s", text, d)
		}
	}
}

func TestCheckpoint(t *testing.T) {
	for line, want := range map[string]bool{
		"ppocr INFO: save model in ./output/rec/latest":                                                       true,
		"ppocr INFO: save best model is to ./output/rec/best_accuracy":                                        true,
		"ppdet.utils.checkpoint INFO: Save checkpoint: output/yolov3":                                         true,
		"ppcls INFO: Already save model in ./output/latest":                                                   true,
		"[    INFO] - Saving model checkpoint to ./checkpoints/checkpoint-500":                                true,
		"  successfully saved checkpoint from iteration     1700 to /data/ckpt [ t 1/8, p 1/1 ]":              true,
		"[INFO] [torch_checkpoint_engine.py:23:save] [Torch] Saved global_step10/mp_rank_00_model_states.pt.": true,
		"saving checkpoint to out":                              true,
		"saving checkpoint at iteration     1700 to /data/ckpt": false, // Megatron says when it is done
		"loading checkpoint from /data/ckpt":                    false,
		"resume from checkpoint, saved at step 3":               false,
		"WARNING: No checkpoint found in /data":                 false,
		"loss 2.3":                                              false,
	} {
		if Checkpoint(line) != want {
			t.Errorf("%q: %v", line, !want)
		}
	}
}

func FuzzLine(f *testing.F) {
	for _, s := range samples {
		f.Add(s.line)
	}
	f.Add("Total optimization steps = 9,9,9.")
	f.Fuzz(func(t *testing.T, line string) {
		r := plain(t)
		p, ok := r.Line(line)
		if !ok {
			return
		}
		if p.Step < 0 || p.Steps < 0 || p.Format == "" || p.ETA < -1 {
			t.Fatalf("%q: %+v", line, p)
		}
		if f, ok := p.Fraction(); ok && !(f >= 0 && f <= 1) {
			t.Fatalf("%q: %v", line, f)
		}
		Checkpoint(line)
	})
}

func BenchmarkLine(b *testing.B) {
	for _, c := range []struct{ what, line string }{
		{"progress", samples[0].line}, {"other", "[2022/08/08 16:28:28] ppocr INFO: load pretrain successful from ./pretrain_models/en_PP-OCRv3_rec_train"},
		{"hostile", strings.Repeat("epoch: [1/2], global_step: 1, loss: 1 iter it/s ", 400)},
	} {
		b.Run(c.what, func(b *testing.B) {
			r := plain(b)
			r.Line(samples[0].line)
			for b.Loop() {
				r.Line(c.line)
			}
		})
	}
}

// Each job on screen has a reader of its own.
func BenchmarkReader(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		plain(b)
	}
}
