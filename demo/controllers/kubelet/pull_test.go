package kubelet

import (
	"strings"
	"testing"
)

// The full names are those that containerd gives.
func TestImageNames(t *testing.T) {
	for image, want := range map[string]string{
		"busybox": "docker.io/library/busybox:latest",
		"paddlepaddle/paddle:2.6.0-gpu-cuda11.8-cudnn8": "docker.io/paddlepaddle/paddle:2.6.0-gpu-cuda11.8-cudnn8",
		"registry.example.com:5000/ocr/train":           "registry.example.com:5000/ocr/train:latest",
		"localhost/train:1":                             "localhost/train:1",
		"nvcr.io/nvidia/pytorch@sha256:abc":             "nvcr.io/nvidia/pytorch@sha256:abc",
	} {
		if got := normal(image); got != want {
			t.Errorf("%s: %s, want %s", image, got, want)
		}
	}
}

func FuzzImageNames(f *testing.F) {
	f.Add("registry:5000/a/b:c@sha256:d")
	f.Add("::@@//")
	f.Fuzz(func(t *testing.T, image string) {
		full := normal(image)
		if !strings.ContainsAny(full, ":@") {
			t.Errorf("%q: %q has neither tag nor digest", image, full)
		}
		if name, _, _ := split(image); !strings.Contains(full, name) {
			t.Errorf("%q: %q has lost the name", image, full)
		}
	})
}
