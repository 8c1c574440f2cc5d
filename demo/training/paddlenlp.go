package training

import (
	"fmt"
	"time"
)

// paddleNLP prints as paddlenlp.trainer does.
func paddleNLP(r *run) []track {
	say := func(at time.Time, text string, args ...any) string {
		return fmt.Sprintf("[%s,%03d] [    INFO] - ", at.UTC().Format("2006-01-02 15:04:05"), at.Nanosecond()/1e6) + fmt.Sprintf(text, args...)
	}
	samples := 4 * r.ranks()
	start := script([]entry{
		{r.warm - 12*time.Second, func(at time.Time) []string {
			return []string{
				say(at, "The global seed is set to 42, local seed is set to 43 and random seed is set to 42."),
				say(at, "Loading configuration file /data/models/qwen2.5-7b/config.json"),
				say(at, "加载权重文件 /data/models/qwen2.5-7b/model_state-00001-of-00004.safetensors"),
			}
		}},
		{r.warm - 3*time.Second, func(at time.Time) []string {
			lines := []string{
				say(at, "***** Running training *****"), say(at, "  Num examples = %d", r.last*samples), say(at, "  Num Epochs = 1"),
				say(at, "  Instantaneous batch size per device = 4"), say(at, "  Total train batch size (w. parallel, distributed & accumulation) = %d", samples),
				say(at, "  Gradient Accumulation steps = 1"), say(at, "  Total optimization steps = %d", r.last),
				say(at, "  Number of trainable parameters = 7,615,616,512 (per device)"),
			}
			if r.first > 0 {
				lines = append(lines, say(at, "  Continuing training from checkpoint, will skip to saved global_step"),
					say(at, "  Continuing training from global step %d", r.first))
			}
			return lines
		}},
	})
	steps := r.progress(5, func(step int, at time.Time) []string {
		took := 5 * r.seconds(step)
		line := say(at, "loss: %.8f, learning_rate: %.4e, global_step: %d, current_memory_allocated: 61.4, max_memory_allocated: 70.9, interval_runtime: %.4f, "+
			"interval_samples_per_second: %.4f, interval_tokens_per_second_per_device: %.1f, interval_steps_per_second: %.4f, progress_or_epoch: %.4f",
			r.loss(step, 9.8, 1.71), r.rate(step, 3e-5), step, took, float64(5*samples)/took, 5*4*4096/took, 5/took, float64(step)/float64(r.last))
		return []string{bar(step, r.last, time.Duration(step-r.first)*r.step, r.step) + "\r" + line}
	})
	save := r.progress(250, func(step int, at time.Time) []string {
		return []string{
			say(at, "Saving model checkpoint to /data/output/%s/checkpoint-%d", r.job, step),
			say(at, "tokenizer config file saved in /data/output/%s/checkpoint-%d/tokenizer_config.json", r.job, step),
			say(at, "Saving optimizer files."),
		}
	})
	eval := r.progress(1000, func(step int, at time.Time) []string {
		return []string{
			say(at, "***** Running Evaluation *****"),
			say(at, "eval_loss: %.8f, eval_ppl: %.4f, eval_runtime: 38.1125, eval_samples_per_second: 26.8677, progress_or_epoch: %.4f",
				r.loss(step, 9.6, 1.78), 5.9+20/float64(1+step/200), float64(step)/float64(r.last)),
		}
	})
	done := note(r.at(r.last)+time.Second, func(at time.Time) []string {
		return []string{"", say(at, "Training completed. "), "", say(at, "Saving model checkpoint to /data/output/%s", r.job),
			say(at, "***** train metrics *****"), say(at, "  train_loss               = %10.4f", r.loss(r.last, 9.8, 1.71))}
	})
	return []track{start, steps, save, eval, done}
}
