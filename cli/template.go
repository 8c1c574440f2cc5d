package cli

import (
	"fmt"
	"slices"
	"strings"

	"paddock/submit"
)

// frameworks are those that a template can be for, the usual one first.
func frameworks() []string {
	return []string{string(submit.Paddle), string(submit.PyTorch), string(submit.Plain)}
}

// template is a recipe to be filled in. submit's is for Paddle; what another
// framework starts is put in its place.
func template(framework string) (string, error) {
	const command = "command: [python, -m, paddle.distributed.launch]    # pytorch: [torchrun]; the rest is in the environment"
	replace := strings.NewReplacer()
	switch submit.Framework(framework) {
	case submit.PyTorch:
		replace = strings.NewReplacer("framework: paddle ", "framework: pytorch", command, "command: [torchrun]           # the rest is in the environment",
			"paddlepaddle/paddle:2.6.1-gpu-cuda11.7-cudnn8.4-trt8.4", "pytorch/pytorch:2.5.1-cuda12.4-cudnn9-runtime")
	case submit.Plain:
		replace = strings.NewReplacer("framework: paddle", "framework: plain ", command, "command: [python]")
	default:
		if !slices.Contains(frameworks(), framework) {
			return "", misuse{fmt.Errorf("there is no template %s: use %s", framework, strings.Join(frameworks(), ", "))}
		}
	}
	return replace.Replace(submit.Template()), nil
}
