package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"paddock/e2e/terminal"
)

// open starts paddock and tells how long it took to its complete screen: every
// watch has answered and the workers are joined.
func open(ctx context.Context, binary string, args ...string) (*terminal.Terminal, time.Duration, error) {
	s, err := terminal.Start(binary, args, terminal.Options{Width: 160, Height: 48})
	if err != nil {
		return nil, 0, err
	}
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	took, err := s.Until(ctx, "the complete screen", func(screen string) bool { return strings.Contains(screen, "kubernetes live") })
	if err != nil {
		s.Close()
		return nil, 0, err
	}
	return s, took, nil
}

// press moves the cursor up and down, a person's pause apart, and tells how
// long each key took to become a frame.
func press(ctx context.Context, s *terminal.Terminal, n int) ([]time.Duration, error) {
	var out []time.Duration
	for i := range n {
		if err := wait(ctx, 30*time.Millisecond+time.Duration(rand.IntN(40))*time.Millisecond); err != nil {
			return nil, err
		}
		key := "j"
		if i/10%2 == 1 {
			key = "k"
		}
		took, err := pressOne(ctx, s, key)
		if err != nil {
			return nil, err
		}
		out = append(out, took)
	}
	return out, nil
}

func pressOne(ctx context.Context, s *terminal.Terminal, key string) (time.Duration, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	writes, pressed := s.Writes(), time.Now()
	if err := s.Press(key); err != nil {
		return 0, err
	}
	at, err := s.NextWrite(ctx, writes)
	if err != nil {
		return 0, fmt.Errorf("key %q drew nothing: %w", key, err)
	}
	return at.Sub(pressed), nil
}
