//go:build !unix

package ui

import "os"

// watchSize has nothing to watch: changes of size are told on Unix alone.
func watchSize(chan os.Signal) (stop func()) { return func() {} }
