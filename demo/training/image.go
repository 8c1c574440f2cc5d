package training

import (
	"regexp"
	"strings"
)

// Registry is the embedded cluster's own registry: it gives its images only to
// pods with a pull secret.
const Registry = "harbor.example.com"

// repository is what a registry holds under one name.
type repository struct {
	tags    string // a regular expression of those that exist
	size    int64  // bytes, compressed
	gate    bool   // NVIDIA_REQUIRE_CUDA is set: the runtime checks the driver before it starts
	compat  bool   // brings NVIDIA's forward compatibility package
	private bool
	entry   string // what it runs when the pod names no command
}

// megabyte is in bytes.
const megabyte = 1_000_000

// repositories lists what exists. The tags are those of the projects' own
// pages: Paddle's install documentation, the Docker Hub pages of PyTorch and
// of NVIDIA, NVIDIA's release notes.
func repositories() map[string]repository {
	version := `^(latest|stable|[a-z]*v?\d[\w.]*(-[\w.]+)*)$`
	own := `^[\w.]+-cuda1\d\.\d$`
	cuda := `^1\d\.\d\.\d(-cudnn\d*)?-(base|runtime|devel)-(ubuntu\d\d\.04|ubi\d|rockylinux\d)$`
	paddle := repository{tags: paddleTags(), size: 6_200 * megabyte, entry: "bash"}
	return map[string]repository{
		"docker.io/paddlepaddle/paddle":                            paddle,
		"registry.baidubce.com/paddlepaddle/paddle":                paddle,
		"ccr-2vdh3abv-pub.cnc.bj.baidubce.com/paddlepaddle/paddle": paddle,

		"docker.io/pytorch/pytorch":        {tags: `^\d\.\d+\.\d+-cuda1\d\.\d-cudnn\d-(runtime|devel)$`, size: 3_400 * megabyte, entry: "bash"},
		"docker.io/nvidia/cuda":            {tags: cuda, size: 240 * megabyte, gate: true, entry: "bash"},
		"nvcr.io/nvidia/cuda":              {tags: cuda, size: 240 * megabyte, gate: true, entry: "bash"},
		"nvcr.io/nvidia/pytorch":           {tags: `^2[0-6]\.(0[1-9]|1[0-2])-py3$`, size: 9_300 * megabyte, compat: true, entry: "bash"},
		"nvcr.io/nvidia/paddlepaddle":      {tags: `^2[2-5]\.(0[1-9]|1[0-2])-py3$`, size: 8_100 * megabyte, compat: true, entry: "bash"},
		"quay.io/jupyter/pytorch-notebook": {tags: `^cuda1\d-.+$`, size: 5_400 * megabyte, entry: "start-notebook.py"},

		"docker.io/library/busybox":     {tags: version, size: 2 * megabyte, entry: "sh"},
		"docker.io/library/alpine":      {tags: version, size: 4 * megabyte, entry: "sh"},
		"docker.io/library/ubuntu":      {tags: version, size: 30 * megabyte, entry: "bash"},
		"docker.io/library/debian":      {tags: version, size: 49 * megabyte, entry: "bash"},
		"docker.io/library/python":      {tags: version, size: 370 * megabyte, entry: "python3"},
		"docker.io/library/nginx":       {tags: version, size: 70 * megabyte, entry: "nginx"},
		"registry.k8s.io/pause":         {tags: version, size: megabyte / 3, entry: "/pause"},
		"quay.io/prometheus/prometheus": {tags: version, size: 130 * megabyte, entry: "prometheus"},

		Registry + "/ocr/paddleocr":          {tags: own, size: 7_100 * megabyte, private: true, entry: "bash"},
		Registry + "/vision/paddledetection": {tags: own, size: 6_900 * megabyte, private: true, entry: "bash"},
		Registry + "/nlp/paddlenlp":          {tags: own, size: 8_400 * megabyte, private: true, entry: "bash"},
		Registry + "/nlp/megatron-lm":        {tags: own, size: 10_200 * megabyte, private: true, entry: "bash"},
		Registry + "/speech/asr":             {tags: own, size: 5_600 * megabyte, private: true, entry: "bash"},
		Registry + "/research/trainer":       {tags: own, size: 4_800 * megabyte, private: true, entry: "bash"},
	}
}

// paddleTags are the official tags of paddlepaddle/paddle: the install pages
// of 2.5 to 3.2. 2.6.0-gpu-cuda11.8-cudnn8, though widely copied, is none.
func paddleTags() string {
	return `^(` + strings.Join([]string{
		`\d\.\d\.\d(-cpu)?`,
		`2\.5\.1-gpu-cuda11\.7-cudnn8\.4-trt8\.4`,
		`2\.6\.[012]-gpu-cuda(11\.2-cudnn8\.2-trt8\.0|11\.7-cudnn8\.4-trt8\.4|12\.0-cudnn8\.9-trt8\.6)`,
		`3\.0\.0(b1|b2|rc1)-gpu-cuda(11\.8-cudnn8\.6-trt8\.5|12\.3-cudnn9\.0-trt8\.6)`,
		`3\.0\.0-gpu-cuda(11\.8-cudnn8\.9-trt8\.6|12\.6-cudnn9\.5-trt10\.5)`,
		`3\.1\.0-gpu-cuda(11\.8-cudnn8\.9|12\.9-cudnn9\.9)`,
		`3\.2\.\d-gpu-cuda(11\.8-cudnn8\.9|12\.6-cudnn9\.5|12\.9-cudnn9\.9|13\.0-cudnn9\.13)`,
		`latest-dev(-cuda[\w.-]+)?`,
	}, "|") + `)$`
}

// cudaOf reads the CUDA of an image from its tag: "cuda11.8", "cu121", an NGC
// month, or the tag of nvidia/cuda itself. Empty: it brings none.
func cudaOf(r reference) string {
	if strings.HasSuffix(r.repository, "/cuda") {
		parts := strings.SplitN(r.tag, ".", 3)
		if len(parts) == 3 {
			return parts[0] + "." + parts[1]
		}
	}
	if r.host == "nvcr.io" {
		return ngcCUDA(r.tag)
	}
	if m := cudaDotted().FindStringSubmatch(r.tag); m != nil {
		return m[1] + "." + m[2]
	}
	if m := cudaShort().FindStringSubmatch(r.tag); m != nil {
		return m[1] + "." + m[2]
	}
	if strings.HasPrefix(r.tag, "cuda12-") {
		return "12.4"
	}
	return ""
}

func cudaDotted() *regexp.Regexp {
	return regexp.MustCompile(`(?:^|[-_.])(?:cuda|cu)[-_]?(\d{1,2})\.(\d{1,2})`)
}

func cudaShort() *regexp.Regexp {
	return regexp.MustCompile(`(?:^|[-_+])cu(?:da)?(\d{2})(\d)(?:$|[-_])`)
}

// ngcCUDA is the CUDA of an NGC month, from NVIDIA's release notes of the
// containers; a month that is not listed has what the listed one before it has.
func ngcCUDA(tag string) string {
	cuda := ""
	for _, from := range [...]struct{ month, cuda string }{
		{"20.01", "10.2"}, {"20.10", "11.1"}, {"21.02", "11.2"}, {"21.04", "11.3"}, {"21.09", "11.4"}, {"21.11", "11.5"}, {"22.01", "11.6"},
		{"22.05", "11.7"}, {"22.11", "11.8"}, {"23.03", "12.1"}, {"23.08", "12.2"}, {"23.12", "12.3"}, {"24.04", "12.4"}, {"24.07", "12.5"},
		{"24.08", "12.6"}, {"25.01", "12.8"}, {"25.04", "12.9"}, {"25.08", "13.0"}, {"25.12", "13.1"}, {"26.08", "13.4"},
	} {
		if tag >= from.month {
			cuda = from.cuda
		}
	}
	return cuda
}
