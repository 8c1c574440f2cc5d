// paddock shows training jobs on Kubernetes GPU clusters, live in the terminal.
package main

import (
	"os"

	"paddock/cli"
)

func main() { os.Exit(cli.Main(os.Args[1:], os.Stdout, os.Stderr)) }
