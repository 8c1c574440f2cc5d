package progress

import "strings"

// saved are the beginnings of messages that say that a checkpoint was saved, and
// what else is in them. Those marked "before" are printed just before the file is
// written, by frameworks that may print nothing else.
//
// Read in their sources: PaddleDetection checkpoint.py, PaddleClas save_load.py,
// PaddleSeg train.py, DeepSpeed torch_checkpoint_engine.py, nanoGPT train.py; in
// copies of them: PaddleOCR save_load.py, Megatron-LM checkpointing.py ("at" in
// old ones), Lightning model_checkpoint.py (when verbose); in logs and in scripts
// of many: the Trainers' and diffusers'. From memory: DeepSpeed's "Saving model
// checkpoint: ", and the last four, which PyTorch scripts commonly print.
var saved = [...]struct{ begins, has string }{
	{"save model in ", ""},                                         // PaddleOCR
	{"save best model is to ", ""},                                 // PaddleOCR
	{"Already save model in ", ""},                                 // PaddleClas
	{"Save checkpoint: ", ""},                                      // PaddleDetection
	{"The model with the best validation ", " was saved at iter "}, // PaddleSeg, at each of its checkpoints
	{"Saving model checkpoint to ", ""},                            // Hugging Face, PaddleNLP: before, but adapters get no other
	{"Model weights saved in ", ""},                                // Hugging Face, PaddleNLP
	{"Configuration saved in ", ""},                                // Hugging Face, PaddleNLP
	{"successfully saved checkpoint ", " iteration "},              // Megatron-LM
	{"[Torch] Saved ", ""},                                         // DeepSpeed, each file
	{"Saving model checkpoint: ", ""},                              // DeepSpeed: before, but other engines print no other
	{", saving model to '", " as top "},                            // Lightning: before
	{"saving checkpoint to ", ""},                                  // nanoGPT: before
	{"Saved state to ", "checkpoint"},                              // diffusers
	{"Saved checkpoint", ""},
	{"saved checkpoint", ""},
	{"Checkpoint saved", ""},
	{"Model checkpoint saved", ""},
}

// Checkpoint tells whether a line says that a checkpoint was saved. The message
// begins with it: in "Failed to save model in" and "Loading saved checkpoint"
// another word stands before.
func Checkpoint(text string) bool {
	text = text[:min(len(text), longest)]
	if !strings.Contains(text, "av") { // save, saving, saved
		return false
	}
	for _, s := range saved {
		i := strings.Index(text, s.begins)
		if i < 0 || !strings.Contains(text[i+len(s.begins):], s.has) {
			continue
		}
		before := strings.TrimRight(text[:i], " ")
		if before != "" && before[len(before)-1] >= 'a' && before[len(before)-1] <= 'z' {
			continue
		}
		return !fails(text)
	}
	return false
}

// fails tells a message about something that did not work.
func fails(text string) bool {
	for _, w := range [...]string{"failed", "Failed", "ERROR", "Error:", "not found"} {
		if strings.Contains(text, w) {
			return true
		}
	}
	return false
}
