package training

import (
	"fmt"
	"time"
)

// paddleDetection prints as ppdet/engine does.
func paddleDetection(r *run) []track {
	say := func(at time.Time, module, text string, args ...any) string {
		return at.UTC().Format("[01/02 15:04:05] ") + module + " INFO: " + fmt.Sprintf(text, args...)
	}
	start := note(r.warm-5*time.Second, func(at time.Time) []string {
		lines := []string{
			"loading annotations into memory...", "Done (t=14.62s)", "creating index...", "index created!",
			say(at, "ppdet.data.source.coco", "Load [117266 samples valid, 1021 samples invalid] in file /data/coco/annotations/instances_train2017.json."),
			say(at, "ppdet.utils.checkpoint", "Finish loading model weights: /data/pretrain/CSPResNetb_l_pretrained.pdparams"),
		}
		if r.first > 0 {
			lines = append(lines, say(at, "ppdet.utils.checkpoint", "Finish resuming model weights: /data/output/%s/%d.pdparams", r.job, r.first/r.epoch))
		}
		return lines
	})
	steps := r.progress(20, func(step int, at time.Time) []string {
		loss, cost := r.loss(step, 4.8, 1.62), r.seconds(step)
		return []string{say(at, "ppdet.engine", "Epoch: [%d] [%4d/%d] learning_rate: %.6f loss_vfl: %.6f loss_bbox: %.6f loss_iou: %.6f loss: %.6f eta: %s batch_cost: %.4f data_cost: %.4f ips: %.4f images/s",
			(step-1)/r.epoch, (step-1)%r.epoch, r.epoch, r.rate(step, 0.04), loss*0.41, loss*0.33, loss*0.26, loss,
			days(r.left(step)), cost, 0.0021+0.001*fraction(r.seed^uint64(step)), 20/cost)}
	})
	save := r.progress(2000, func(step int, at time.Time) []string {
		lines := []string{say(at, "ppdet.utils.checkpoint", "Save checkpoint: /data/output/%s", r.job)}
		if step%4000 != 0 {
			return lines
		}
		m := r.grown(step, 0.11, 0.513)
		return append(lines,
			say(at, "ppdet.metrics.metrics", "The bbox result is saved to bbox.json."),
			fmt.Sprintf(" Average Precision  (AP) @[ IoU=0.50:0.95 | area=   all | maxDets=100 ] = %.3f", m),
			fmt.Sprintf(" Average Precision  (AP) @[ IoU=0.50      | area=   all | maxDets=100 ] = %.3f", m+0.17),
			say(at, "ppdet.engine", "Total sample number: 4952, average FPS: 58.21"),
			say(at, "ppdet.engine.callbacks", "Best test bbox ap is %.3f.", m))
	})
	return []track{start, steps, save}
}
