package cuda

import (
	"slices"
	"testing"
)

func TestDocumented(t *testing.T) {
	for _, c := range []struct {
		ref                string
		documented, paddle bool
	}{
		{"paddlepaddle/paddle:2.6.0-gpu-cuda11.8-cudnn8", false, true}, // widely copied, found nowhere
		{"paddlepaddle/paddle:2.6.0-gpu-cuda12.6-cudnn9", false, true},
		{"paddlepaddle/paddle:2.6.1-gpu-cuda11.8-cudnn8.6-trt8.5", false, true},
		{"paddlepaddle/paddle:2.6.1-gpu-cuda12.0-cudnn8.9-trt8.6", true, true},
		{"paddlepaddle/paddle:2.2.0-gpu-cuda11.2-cudnn8", true, true},
		{"paddlepaddle/paddle:3.0.0-gpu-cuda12.6-cudnn9.5-trt10.5", true, true},
		{"paddlepaddle/paddle:3.1.0-gpu-cuda11.8-cudnn8.9", true, true},
		{"registry.baidubce.com/paddlepaddle/paddle:3.2.1-gpu-cuda12.9-cudnn9.9", true, true},
		{"harbor.example.com/mirror/paddlepaddle/paddle:3.2.0-gpu-cuda13.0-cudnn9.13", false, true},
		{"paddlepaddle/paddle:latest-dev-cuda11.8-cudnn8.6-trt8.5-gcc82", true, true},
		{"paddlepaddle/paddle:2.6.1", true, true},
		{"paddlepaddle/paddle:3.0.0rc1-cpu", true, true},
		{"nvcr.io/nvidia/paddlepaddle:24.05-py3", false, false},
		{"pytorch/pytorch:2.4.1-cuda11.8-cudnn9-runtime", false, false},
		{"example.com/notpaddlepaddle/paddle:1", false, false},
	} {
		documented, paddle := Documented(c.ref)
		if documented != c.documented || paddle != c.paddle {
			t.Errorf("Documented(%q) = %v, %v", c.ref, documented, paddle)
		}
	}
}

func TestPaddleTagsOfAVersion(t *testing.T) {
	got := PaddleTags("2.6.0-gpu-cuda11.8-cudnn8")
	want := []string{"2.6.0-gpu-cuda11.2-cudnn8.2-trt8.0", "2.6.0-gpu-cuda11.7-cudnn8.4-trt8.4", "2.6.0-gpu-cuda12.0-cudnn8.9-trt8.6"}
	if !slices.Equal(got, want) {
		t.Errorf("got %v", got)
	}
	if got := PaddleTags("9.9.9-gpu"); len(got) != 0 {
		t.Errorf("got %v", got)
	}
}
