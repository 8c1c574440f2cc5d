package cli

import (
	"os"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// The README names every command, with the same exit codes as help.
func TestReadmeKnowsTheCommands(t *testing.T) {
	data, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	readme := string(data)
	for _, c := range (&app{}).root().Commands() {
		if known := strings.Contains(readme, "`"+c.Name()+" ") || strings.Contains(readme, "paddock "+c.Name()) || strings.Contains(readme, "|"+c.Name()); !known {
			t.Errorf("the README does not know paddock %s", c.Name())
		}
	}
	for line := range strings.Lines(strings.TrimPrefix(exitCodes, "Exit codes:\n")) {
		code, means, _ := strings.Cut(strings.TrimSpace(line), "  ")
		if row := "| " + code + " | " + means + " |"; !strings.Contains(readme, row) {
			t.Errorf("the README lacks %q", row)
		}
	}
}

// Every command that changes something says beforehand how it is agreed to and
// what it ends with.
func TestCommandsThatChangeAreStrict(t *testing.T) {
	a := &app{}
	for _, c := range append(a.changeCommands(), a.submitCommand()) {
		for _, flag := range []string{"yes", "confirm", "output"} {
			if c.Flags().Lookup(flag) == nil {
				t.Errorf("%s has no --%s", c.Name(), flag)
			}
		}
		if err := c.FlagErrorFunc()(c, os.ErrInvalid); exitCode(err) != exitUsage {
			t.Errorf("%s: a wrong flag ends with %d", c.Name(), exitCode(err))
		}
		if c.Name() != "submit" && c.Name() != "prune" {
			if err := c.Args(&cobra.Command{}, nil); exitCode(err) != exitUsage {
				t.Errorf("%s: without arguments it ends with %d", c.Name(), exitCode(err))
			}
		}
	}
}
