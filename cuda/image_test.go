package cuda

import (
	"strings"
	"testing"
)

func TestOfImage(t *testing.T) {
	for _, c := range []struct{ ref, want string }{
		{"paddlepaddle/paddle:2.6.0-gpu-cuda11.8-cudnn8", "11.8"},
		{"paddlepaddle/paddle:2.6.2-gpu-cuda12.0-cudnn8.9-trt8.6", "12.0"},
		{"registry.baidubce.com/paddlepaddle/paddle:3.0.0b1-gpu-cuda12.3-cudnn9.0-trt8.6", "12.3"},
		{"ccr-2vdh3abv-pub.cnc.bj.baidubce.com/paddlepaddle/paddle:3.2.2-gpu-cuda13.0-cudnn9.13", "13.0"},
		{"paddlepaddle/paddle:latest-dev-cuda12.3-cudnn9.0-trt8.6-gcc12.2", "12.3"},
		{"paddlepaddle/paddle:cuda118-dev", "11.8"},
		{"paddlepaddle/paddle:3.0.0", ""},
		{"paddlepaddle/paddle:3.0.0-cpu", ""},
		{"pytorch/pytorch:2.0.1-cuda11.7-cudnn8-runtime", "11.7"},
		{"pytorch/pytorch:2.8.0-cuda12.8-cudnn9-devel", "12.8"},
		{"harbor.example.com:5000/nlp/trainer:2.4.0-cu121", "12.1"},
		{"harbor.example.com:5000/nlp/trainer:2.5.0_cu124", "12.4"},
		{"harbor.example.com:5000/nlp/trainer", ""},
		{"harbor.example.com/nlp/cu118/trainer:v3", ""}, // the path says nothing
		{"pytorch/pytorch:2.5.0-cuda12.4-cudnn9-devel@sha256:" + strings.Repeat("ab", 32), "12.4"},
		{"nvidia/cuda:11.8.0-cudnn8-devel-ubuntu22.04", "11.8"},
		{"nvcr.io/nvidia/cuda:12.2.0-base-ubi8", "12.2"},
		{"nvidia/cuda:latest", ""},
		{"nvcr.io/nvidia/pytorch:24.05-py3", "12.4"},
		{"nvcr.io/nvidia/paddlepaddle:23.12-py3", "12.3"},
		{"mirror.example.com/nvcr.io/nvidia/pytorch:22.11-py3", "11.8"},
		{"nvcr.io/nvidia/pytorch:24.06-py3", ""}, // that month's containers differ
		{"nvcr.io/nvidia/tritonserver:24.06-py3", "12.5"},
		{"nvcr.io/nvidia/mxnet:24.06-py3", "12.4"},
		{"nvcr.io/nvidia/pytorch:18.10-py3", "10.0"}, // between two that agree
		{"nvcr.io/nvidia/pytorch:21.05-py3", "11.3"},
		{"nvcr.io/nvidia/pytorch:22.08-py3", ""}, // between two that don't
		{"nvcr.io/nvidia/pytorch:23.13-py3", ""},
		{"nvcr.io/nvidia/pytorch:29.01-py3", ""},
		{"tensorflow/tensorflow:2.4.1-gpu", "11.0"},
		{"tensorflow/tensorflow:2.11.0-gpu", "11.2"},
		{"tensorflow/tensorflow:2.13.0-gpu-jupyter", "11.8"},
		{"tensorflow/tensorflow:2.14.0-gpu", "11.8"},
		{"tensorflow/tensorflow:2.15.0-gpu", "12.2"},
		{"tensorflow/tensorflow:2.17.0-gpu", "12.3"},
		{"tensorflow/tensorflow:2.19.0-gpu", "12.5"},
		{"tensorflow/tensorflow:2.20.0-gpu", ""},
		{"tensorflow/tensorflow:2.15.0", ""},
		{"busybox", ""},
		{"accumulus/x:1.2.3", ""},
		{"", ""},
	} {
		v, source, ok := OfImage(c.ref)
		got := ""
		if ok {
			got = v.String()
		}
		if got != c.want {
			t.Errorf("OfImage(%q) = %q, want %q", c.ref, got, c.want)
		}
		if ok && source == "" {
			t.Errorf("OfImage(%q) does not say what it was read from", c.ref)
		}
	}
}

func TestEveryMonthOfNGC(t *testing.T) {
	for _, r := range ngcReleases() {
		if v, _, ok := OfImage("nvcr.io/nvidia/pytorch:" + r.month + "-py3"); !ok || v != r.cuda {
			t.Errorf("%s: %v %v, want %v", r.month, v, ok, r.cuda)
		}
	}
}

func TestParseImage(t *testing.T) {
	for ref, want := range map[string]Image{
		"busybox":                      {"docker.io", "library/busybox", "", ""},
		"localhost/a:1":                {"localhost", "a", "1", ""},
		"reg.example.com:5000/a/b":     {"reg.example.com:5000", "a/b", "", ""},
		"reg.example.com:5000/a/b:v@x": {"reg.example.com:5000", "a/b", "v", "x"},
		"team/app:latest":              {"docker.io", "team/app", "latest", ""},
	} {
		if got := ParseImage(ref); got != want {
			t.Errorf("ParseImage(%q) = %+v, want %+v", ref, got, want)
		}
	}
}

func TestForwardCompatible(t *testing.T) {
	for ref, want := range map[string]bool{
		"nvcr.io/nvidia/pytorch:24.05-py3":        true,
		"nvcr.io/nvidia/cuda:12.2.0-base-ubi8":    false,
		"pytorch/pytorch:2.4.1-cuda11.8-cudnn9":   false,
		"paddlepaddle/paddle:3.0.0-gpu-cuda11.8":  false,
		"m.example.com/nvcr.io/nvidia/x:24.05-py": true,
	} {
		if got := ForwardCompatible(ref); got != want {
			t.Errorf("ForwardCompatible(%q) = %v", ref, got)
		}
	}
}

func FuzzOfImage(f *testing.F) {
	for _, s := range []string{"paddlepaddle/paddle:2.6.0-gpu-cuda11.8-cudnn8", "nvcr.io/nvidia/pytorch:24.05-py3", "nvidia/cuda:11.8.0", "a@b:c/d", "::/@"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, ref string) {
		v, source, ok := OfImage(ref)
		if ok && (source == "" || v.Major == 0 && v.Minor == 0 && !strings.Contains(ref, "0")) {
			t.Errorf("OfImage(%q) = %v from %q", ref, v, source)
		}
		i := ParseImage(ref)
		if strings.Contains(i.Tag, "/") || strings.Contains(i.Path, "@") {
			t.Errorf("ParseImage(%q) = %+v", ref, i)
		}
		Documented(ref)
	})
}
