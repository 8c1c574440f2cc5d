package cli

import (
	"fmt"
	"log/slog"
	"os"

	"k8s.io/klog/v2"
)

// openLog opens the debug log, or none. client-go's own log goes there too:
// nothing but the screen writes to the terminal.
func openLog(file string) (*slog.Logger, func(), error) {
	klog.LogToStderr(false)
	if file == "" {
		log := slog.New(slog.DiscardHandler)
		klog.SetSlogLogger(log)
		return log, func() {}, nil
	}
	f, err := os.OpenFile(file, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, nil, fmt.Errorf("the debug log can't be written: %w", err)
	}
	log := slog.New(slog.NewTextHandler(f, &slog.HandlerOptions{Level: slog.LevelDebug}))
	klog.SetSlogLogger(log)
	return log, func() { f.Close() }, nil
}
