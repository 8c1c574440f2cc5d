package training

import (
	"fmt"
	"time"
)

// plainTorch prints as nanoGPT's train.py does.
func plainTorch(r *run) []track {
	start := note(r.warm-4*time.Second, func(time.Time) []string {
		lines := []string{fmt.Sprintf("tokens per iteration will be: %d", 12*1024*5*r.ranks()), "Initializing a new model from scratch"}
		if r.first > 0 {
			lines[1] = fmt.Sprintf("Resuming training from /data/out/%s/ckpt.pt, iter %d", r.job, r.first)
		}
		return append(lines, "number of parameters: 123.59M", "num decayed parameter tensors: 50, with 124,354,560 parameters",
			"using fused AdamW: True", "compiling the model... (takes a ~minute)")
	})
	steps := r.progress(20, func(step int, _ time.Time) []string {
		return []string{fmt.Sprintf("iter %d: loss %.4f, time %.2fms, mfu %.2f%%", step, r.loss(step, 10.9, 2.95), 1000*r.seconds(step), 43.5+0.8*wobble(r.seed, step))}
	})
	save := r.progress(2000, func(step int, _ time.Time) []string {
		return []string{
			fmt.Sprintf("step %d: train loss %.4f, val loss %.4f", step, r.loss(step, 10.8, 2.95), r.loss(step+1, 10.8, 2.99)),
			"saving checkpoint to /data/out/" + r.job,
		}
	})
	return []track{start, steps, save}
}

// huggingFace prints as the Trainer does: bar and numbers share a line.
func huggingFace(r *run) []track {
	epoch := func(step int) float64 { return 3 * float64(step) / float64(r.last) }
	start := note(r.warm-3*time.Second, func(time.Time) []string {
		lines := []string{"Loading checkpoint shards: 100%|██████████| 4/4 [00:11<00:00,  2.79s/it]",
			"trainable params: 7,615,616,512 || all params: 7,615,616,512 || trainable%: 100.0000"}
		if r.first > 0 {
			lines = append(lines, fmt.Sprintf("Loading model from /data/out/%s/checkpoint-%d.", r.job, r.first),
				fmt.Sprintf("Continuing training from global step %d", r.first))
		}
		return lines
	})
	steps := r.progress(10, func(step int, _ time.Time) []string {
		spent := func(s int) time.Duration { return time.Duration(s-r.first) * r.step }
		before := bar(step-5, r.last, spent(step-5), r.step) + bar(step, r.last, spent(step), r.step)
		return []string{before + "\r" + fmt.Sprintf("{'loss': %.4f, 'grad_norm': %.12f, 'learning_rate': %.8g, 'epoch': %.2f}",
			r.loss(step, 3.4, 0.92), 0.9+0.4*fraction(r.seed^uint64(step)), r.rate(step, 2e-5), epoch(step))}
	})
	save := r.progress(500, func(step int, _ time.Time) []string {
		return []string{fmt.Sprintf("Saving model checkpoint to /data/out/%s/checkpoint-%d", r.job, step),
			fmt.Sprintf("{'eval_loss': %.4f, 'eval_runtime': 42.1, 'eval_samples_per_second': 47.5, 'epoch': %.2f}", r.loss(step, 3.3, 0.97), epoch(step))}
	})
	done := note(r.at(r.last)+time.Second, func(time.Time) []string {
		return []string{fmt.Sprintf("{'train_runtime': %.4f, 'train_samples_per_second': %.3f, 'train_loss': %.4f, 'epoch': 3.0}",
			r.life.Seconds(), float64(8*r.ranks())/r.step.Seconds(), r.loss(r.last, 3.4, 0.92))}
	})
	return append(onStderr(start, steps), save, done)
}

// lightning prints as PyTorch Lightning's progress bar and callbacks do.
func lightning(r *run) []track {
	start := note(r.warm-4*time.Second, func(time.Time) []string {
		return []string{
			"GPU available: True (cuda), used: True", "TPU available: False, using: 0 TPU cores",
			fmt.Sprintf("Initializing distributed: GLOBAL_RANK: %d, MEMBER: %d/%d", r.rank(), r.rank()+1, r.ranks()),
			"----------------------------------------------------------------------------------------------------", "distributed_backend=nccl",
			fmt.Sprintf("All distributed processes registered. Starting with %d processes", r.ranks()),
			"----------------------------------------------------------------------------------------------------", "",
			"  | Name    | Type      | Params | Mode ", "-----------------------------------------------",
			"0 | encoder | Conformer | 118 M  | train", "1 | ctc     | Linear    | 2.6 M  | train",
			"-----------------------------------------------", "120 M     Trainable params", "482.400   Total estimated model params size (MB)",
		}
	})
	steps := r.progress(25, func(step int, _ time.Time) []string {
		within := (step-1)%r.epoch + 1
		text := bar(within, r.epoch, time.Duration(within)*r.step, r.step)
		return []string{fmt.Sprintf("\rEpoch %d: %s, v_num=10, train_loss_step=%.3f]", (step-1)/r.epoch, text[1:len(text)-1], r.loss(step, 480, 21))}
	})
	save := r.progress(r.epoch, func(step int, _ time.Time) []string {
		return []string{fmt.Sprintf("Epoch %d, global step %d: 'val_wer' reached %.5f (best %.5f), saving model to '/data/out/%s/epoch=%d-step=%d.ckpt' as top 3",
			step/r.epoch-1, step, 1-r.grown(step, 0.1, 0.93), 1-r.grown(step, 0.1, 0.93), r.job, step/r.epoch-1, step)}
	})
	done := note(r.at(r.last)+time.Second, func(time.Time) []string {
		return []string{fmt.Sprintf("`Trainer.fit` stopped: `max_epochs=%d` reached.", max(1, r.last/r.epoch))}
	})
	return append(onStderr(start, steps, done), save)
}

// megatron prints as Megatron-LM's training.py does, on the last rank.
func megatron(r *run) []track {
	batch := 4 * r.ranks()
	start := note(r.warm-4*time.Second, func(at time.Time) []string {
		lines := []string{
			"training ...", fmt.Sprintf("[before the start of training step] datetime: %s ", at.UTC().Format("2006-01-02 15:04:05")),
		}
		if r.first > 0 {
			lines = append([]string{fmt.Sprintf("  successfully loaded checkpoint from /data/ckpt/%s [ t 1/8, p 1/1 ] at iteration %d", r.job, r.first)}, lines...)
		}
		return lines
	})
	steps := r.progress(1, func(step int, at time.Time) []string {
		took := r.seconds(step)
		return []string{fmt.Sprintf(" [%s] iteration %8d/%8d | consumed samples: %12d | elapsed time per iteration (ms): %.1f | throughput per GPU (TFLOP/s/GPU): %.1f | "+
			"learning rate: %.6E | global batch size: %5d | lm loss: %.6E | loss scale: 1.0 | grad norm: %.3f | number of skipped iterations:   0 | number of nan iterations:   0 |",
			at.UTC().Format("2006-01-02 15:04:05"), step, r.last, step*batch, 1000*took, 172*r.step.Seconds()/took, r.rate(step, 3e-4), batch,
			r.loss(step, 10.8, 2.11), 0.4+0.2*fraction(r.jobSeed^uint64(step)))}
	})
	save := r.progress(100, func(step int, _ time.Time) []string {
		return []string{
			fmt.Sprintf("saving checkpoint at iteration %8d to /data/ckpt/%s in torch_dist format", step, r.job),
			fmt.Sprintf("  successfully saved checkpoint from iteration %8d to /data/ckpt/%s [ t 1/8, p 1/1 ]", step, r.job),
		}
	})
	eval := r.progress(500, func(step int, _ time.Time) []string {
		return []string{
			"-----------------------------------------------------------------------------------------------",
			fmt.Sprintf(" validation loss at iteration %d | lm loss value: %.6E | lm loss PPL: %.6E | ", step, r.loss(step, 10.7, 2.16), 9.1),
			"-----------------------------------------------------------------------------------------------",
		}
	})
	return []track{start, steps, save, eval}
}
