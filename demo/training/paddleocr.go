package training

import (
	"fmt"
	"time"
)

// paddleOCR prints as tools/program.py does; recognition and detection differ
// in their metrics.
func paddleOCR(r *run) []track {
	say := func(at time.Time, text string, args ...any) string {
		return at.UTC().Format("[2006/01/02 15:04:05] ppocr INFO: ") + fmt.Sprintf(text, args...)
	}
	epochs := (r.last + r.epoch - 1) / r.epoch
	epoch := func(step int) int { return min(epochs, (step-1)/r.epoch+1) }
	start := script([]entry{
		{r.warm - 9*time.Second, func(at time.Time) []string {
			return []string{
				say(at, "Architecture : "), say(at, "    Backbone : "), say(at, "        name : PPLCNetV3"), say(at, "        scale : 0.95"),
				say(at, "    algorithm : SVTR_LCNet"), say(at, "    model_type : rec"), say(at, "Global : "),
				say(at, "    character_dict_path : ppocr/utils/ppocr_keys_v1.txt"), say(at, "    distributed : %s", python(r.ranks() > 1)),
				say(at, "    epoch_num : %d", epochs), say(at, "    pretrained_model : ./pretrain_models/ch_PP-OCRv4_rec_train/student"),
				say(at, "    save_model_dir : /data/output/%s", r.job), say(at, "profiler_options : None"),
				say(at, "train with paddle 2.6.1 and device Place(gpu:0)"),
			}
		}},
		{r.warm - 6*time.Second, func(at time.Time) []string {
			return []string{
				say(at, "Initialize indexs of datasets:['/data/train/中文街景/train_list.txt', '/data/train/合成票据/train_list.txt']"),
				say(at, "Initialize indexs of datasets:['/data/val/中文街景/val_list.txt']"),
				"Shared memory size is less than 1G, disable shared_memory in DataLoader",
			}
		}},
		{r.warm - 3*time.Second, func(at time.Time) []string {
			if r.first > 0 {
				return []string{say(at, "resume from /data/output/%s/latest", r.job), say(at, "resume training: epoch %d, global_step %d", epoch(r.first+1), r.first)}
			}
			return []string{
				say(at, "train dataloader has %d iters", r.epoch), say(at, "valid dataloader has 62 iters"),
				say(at, "load pretrain successful from ./pretrain_models/ch_PP-OCRv4_rec_train/student"),
				say(at, "During the training process, after the 0th iteration, an evaluation is run every 1000 iterations"),
			}
		}},
	})
	steps := r.progress(10, func(step int, at time.Time) []string {
		loss, cost := r.loss(step, 42, 0.9), r.seconds(step)
		return []string{say(at, "epoch: [%d/%d], global_step: %d, lr: %.6f, acc: %.6f, norm_edit_dis: %.6f, CTCLoss: %.6f, NRTRLoss: %.6f, loss: %.6f, "+
			"avg_reader_cost: %.5f s, avg_batch_cost: %.5f s, avg_samples: 128.0, ips: %.5f samples/s, eta: %s, max_mem_reserved: 21504 MB, max_mem_allocated: 19877 MB",
			epoch(step), epochs, step, r.rate(step, 0.001), r.grown(step, 0, 0.93), r.grown(step, 0.05, 0.975), loss*0.6, loss*0.4, loss,
			0.004+0.002*fraction(r.seed^uint64(step)), cost, 128/cost, days(r.left(step)))}
	})
	eval := r.progress(1000, func(step int, at time.Time) []string {
		acc := r.grown(step, 0.2, 0.81)
		best := max(acc, r.grown(step-1000, 0.2, 0.81))
		return []string{
			say(at, "cur metric, acc: %.16f, norm_edit_dis: %.16f, fps: %.10f", acc, acc+0.09, 1840.2+9*wobble(r.seed, step)),
			say(at, "save best model is to /data/output/%s/best_accuracy", r.job),
			say(at, "best metric, acc: %.16f, is_float16: False, norm_edit_dis: %.16f, fps: 1846.3309174, best_epoch: %d", best, best+0.09, epoch(step)),
			say(at, "save model in /data/output/%s/latest", r.job),
		}
	})
	return []track{start, steps, eval, note(r.at(r.last)+2*time.Second, func(at time.Time) []string {
		return []string{say(at, "save model in /data/output/%s/iter_epoch_%d", r.job, epochs), say(at, "best metric, acc: %.16f, 训练完成", r.grown(r.last, 0.2, 0.81))}
	})}
}

// python writes a truth as Python does.
func python(b bool) string {
	if b {
		return "True"
	}
	return "False"
}
