package ui

import (
	"math"
	"testing"
	"time"
)

const gi = float64(gibibyte)

func TestNumbers(t *testing.T) {
	nan := math.NaN()
	tests := []struct{ name, got, want string }{
		{"percent", percent(0.934), "93%"},
		{"percent zero is a number", percent(0), "0%"},
		{"percent unknown", percent(nan), "-"},
		{"memory", gib(71*gi, 80*gi), "71/80 G"},
		{"memory of a big job", gib(9088*gi, 10240*gi), "8.9/10.0 T"},
		{"memory without total", gib(71*gi, nan), "71 G"},
		{"memory without used", gib(nan, 80*gi), "-/80 G"},
		{"memory without used, big", gib(nan, 2048*gi), "-/2.0 T"},
		{"memory unknown", gib(nan, nan), "-"},
		{"power", watts(239.6), "240 W"},
		{"power of many", watts(12_400), "12.4 kW"},
		{"power unknown", watts(nan), "-"},
		{"temperature", degrees(41.4, "°"), "41°"},
		{"temperature unknown", degrees(nan, "°"), "-"},
		{"clock", megahertz(1410e6), "1410 MHz"},
		{"clock unknown", megahertz(nan), "-"},
		{"cores", cores(7812), "7.8"},
		{"size small", size(999), "999 B"},
		{"size", size(512 << 20), "512 MiB"},
		{"size with a digit", size(1_900 << 20), "1.9 GiB"},
		{"size of a node", size(1 << 40), "1.0 TiB"},
		{"count", count(3120), "3,120"},
		{"count of a million", count(1234567), "1,234,567"},
		{"count small", count(999), "999"},
		{"count unknown", count(-1), "-"},
		{"fraction", fraction(3, 4), "3/4"},
		{"fraction of unknown", fraction(3, -1), "3/-"},
		{"fraction unknown", fraction(-1, -1), "-"},
		{"gpu hours", gpuHours(64, 43*time.Minute), "46 GPU-hours"},
		{"gpu hours, few", gpuHours(1, 24*time.Minute), "0.4 GPU-hours"},
	}
	for _, tt := range tests {
		if tt.got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, tt.got, tt.want)
		}
	}
}

func TestAge(t *testing.T) {
	tests := []struct {
		d    time.Duration
		want string
	}{
		{-time.Second, "<1m"},
		{59 * time.Second, "<1m"},
		{time.Minute, "1m"},
		{119*time.Minute + 59*time.Second, "119m"},
		{2 * time.Hour, "2h"},
		{47 * time.Hour, "47h"},
		{48 * time.Hour, "2d"},
		{999 * 24 * time.Hour, "999d"},
		{1500 * 24 * time.Hour, "4y"},
	}
	for _, tt := range tests {
		if got := age(tt.d); got != tt.want {
			t.Errorf("age(%v) = %q, want %q", tt.d, got, tt.want)
		}
		if got := age(tt.d); len(got) > 4 {
			t.Errorf("age(%v) = %q is wider than 4", tt.d, got)
		}
	}
	if got := since(time.Time{}, time.Unix(0, 0)); got != unknown {
		t.Errorf("since(zero) = %q, want %q", got, unknown)
	}
}

func TestTook(t *testing.T) {
	tests := []struct {
		d    time.Duration
		want string
	}{
		{-1, "-"},
		{0, "0s"},
		{4 * time.Second, "4s"},
		{72 * time.Second, "1m12s"},
		{3*time.Hour + 4*time.Minute, "3h4m"},
		{53 * time.Hour, "2d5h"},
	}
	for _, tt := range tests {
		if got := took(tt.d); got != tt.want {
			t.Errorf("took(%v) = %q, want %q", tt.d, got, tt.want)
		}
	}
}
