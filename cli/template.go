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

// template is a recipe to be filled in.
func template(framework, team string) (string, error) {
	if !slices.Contains(frameworks(), framework) {
		return "", misuse{fmt.Errorf("there is no template %s: use %s", framework, strings.Join(frameworks(), ", "))}
	}
	return submit.Template(submit.Framework(framework), team), nil
}
