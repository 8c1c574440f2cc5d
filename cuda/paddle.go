package cuda

import (
	"regexp"
	"slices"
	"strings"
)

// Documented tells whether a tag of paddlepaddle/paddle stands in PaddlePaddle's
// install documentation. paddle is false for every other image. A tag that is
// not documented may exist all the same, in a private mirror above all.
func Documented(ref string) (documented, paddle bool) {
	i := ParseImage(ref)
	if i.Path != "paddlepaddle/paddle" && !strings.HasSuffix(i.Path, "/paddlepaddle/paddle") {
		return false, false
	}
	if regexp.MustCompile(`^\d+\.\d+\.\d+(?:(?:b|rc)\d+)?(?:-cpu)?$`).MatchString(i.Tag) {
		return true, true
	}
	return slices.Contains(paddleTags(), i.Tag), true
}

// PaddleTags are the documented GPU tags of the version that a tag begins with:
// what the writer of a tag that doesn't exist may have meant.
func PaddleTags(tag string) []string {
	version := upTo(tag, "-") + "-"
	var out []string
	for _, t := range paddleTags() {
		if strings.HasPrefix(t, version) {
			out = append(out, t)
		}
	}
	return out
}

// paddleTags are the GPU tags of PaddlePaddle's install pages, 2.0 to 3.2.
func paddleTags() []string {
	tags := []string{
		"2.5.1-gpu-cuda11.7-cudnn8.4-trt8.4",
		"3.0.0-gpu-cuda11.8-cudnn8.9-trt8.6", "3.0.0-gpu-cuda12.6-cudnn9.5-trt10.5",
		"3.1.0-gpu-cuda11.8-cudnn8.9", "3.1.0-gpu-cuda12.9-cudnn9.9", "3.2.2-gpu-cuda13.0-cudnn9.13",
		"latest-dev", "latest-dev-cuda11.7-cudnn8.4-trt8.4-gcc82", "latest-dev-cuda11.8-cudnn8.6-trt8.5-gcc82",
		"latest-dev-cuda12.3-cudnn9.0-trt8.6-gcc12.2", "cuda118-dev", "cuda126-dev", "cuda129-dev",
	}
	for _, line := range []struct{ versions, builds string }{
		{"2.0.0 2.0.1 2.0.2 2.1.0 2.1.1 2.1.2 2.1.3 2.2.0 2.2.1 2.2.2", "cuda10.1-cudnn7 cuda10.2-cudnn7 cuda11.2-cudnn8"},
		{"2.6.0 2.6.1 2.6.2", "cuda11.2-cudnn8.2-trt8.0 cuda11.7-cudnn8.4-trt8.4 cuda12.0-cudnn8.9-trt8.6"},
		{"3.0.0b1 3.0.0b2 3.0.0rc1", "cuda11.8-cudnn8.6-trt8.5 cuda12.3-cudnn9.0-trt8.6"},
		{"3.2.0 3.2.1 3.2.2", "cuda11.8-cudnn8.9 cuda12.6-cudnn9.5 cuda12.9-cudnn9.9"},
	} {
		for v := range strings.FieldsSeq(line.versions) {
			for b := range strings.FieldsSeq(line.builds) {
				tags = append(tags, v+"-gpu-"+b)
			}
		}
	}
	slices.Sort(tags)
	return tags
}
