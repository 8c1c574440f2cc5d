package cuda

import (
	"regexp"
	"strings"
)

// month is the release of an NGC tag, "24.05" of "24.05-py3"; "" when it has none.
func month(tag string) string {
	m := regexp.MustCompile(`^(\d\d\.(?:0[1-9]|1[0-2]))(?:$|-)`).FindStringSubmatch(tag)
	if m == nil {
		return ""
	}
	return m[1]
}

// ofNGC is the CUDA of a monthly container. A month that the table lacks has
// what its neighbours have, if these agree; else it is unknown.
func ofNGC(name, tag string) (Version, bool) {
	at := month(tag)
	if at == "" {
		return Version{}, false
	}
	if at == "24.06" { // the containers of that month differ
		switch name {
		case "tritonserver":
			return Version{12, 5}, true
		case "mxnet":
			return Version{12, 4}, true
		}
		return Version{}, false
	}
	var before Version
	for _, r := range ngcReleases() {
		switch {
		case r.month == at:
			return r.cuda, true
		case r.month > at:
			return before, before == r.cuda
		}
		before = r.cuda
	}
	return Version{}, false
}

type release struct {
	month string
	cuda  Version
}

// ngcReleases lists what NVIDIA's release notes of its containers say
// (docs.nvidia.com/deeplearning: triton-inference-server rel-YY-MM, mxnet rel_YY-MM).
func ngcReleases() []release {
	return []release{
		{"18.09", Version{10, 0}}, {"18.12", Version{10, 0}}, {"19.03", Version{10, 1}}, {"19.08", Version{10, 1}},
		{"19.12", Version{10, 2}}, {"20.01", Version{10, 2}}, {"20.03", Version{10, 2}}, {"20.10", Version{11, 1}},
		{"21.02", Version{11, 2}}, {"21.03", Version{11, 2}}, {"21.04", Version{11, 3}}, {"21.06", Version{11, 3}},
		{"21.09", Version{11, 4}}, {"21.10", Version{11, 4}}, {"21.11", Version{11, 5}}, {"21.12", Version{11, 5}},
		{"22.01", Version{11, 6}}, {"22.03", Version{11, 6}}, {"22.05", Version{11, 7}}, {"22.11", Version{11, 8}},
		{"23.03", Version{12, 1}}, {"23.04", Version{12, 1}}, {"23.05", Version{12, 1}}, {"23.06", Version{12, 1}},
		{"23.07", Version{12, 1}}, {"23.08", Version{12, 2}}, {"23.09", Version{12, 2}}, {"23.12", Version{12, 3}},
		{"24.01", Version{12, 3}}, {"24.04", Version{12, 4}}, {"24.05", Version{12, 4}}, {"24.07", Version{12, 5}},
		{"24.08", Version{12, 6}}, {"24.09", Version{12, 6}}, {"24.10", Version{12, 6}}, {"24.11", Version{12, 6}},
		{"24.12", Version{12, 6}}, {"25.01", Version{12, 8}}, {"25.02", Version{12, 8}}, {"25.03", Version{12, 8}},
		{"25.04", Version{12, 9}}, {"25.06", Version{12, 9}}, {"25.08", Version{13, 0}}, {"25.10", Version{13, 0}},
		{"25.12", Version{13, 1}}, {"26.08", Version{13, 4}},
	}
}

// ofTensorFlow is the CUDA of tensorflow/tensorflow:X.Y.Z-gpu, by the table of
// tested builds (as kept in replicate/cog, pkg/config/tf_compatibility.json).
func ofTensorFlow(tag string) (Version, bool) {
	v, ok := ParseVersion(upTo(tag, "-"))
	if !ok || v.Major != 2 {
		return Version{}, false
	}
	switch {
	case v.Minor < 4 || v.Minor > 19:
		return Version{}, false
	case v.Minor == 4:
		return Version{11, 0}, true
	case v.Minor <= 11:
		return Version{11, 2}, true
	case v.Minor <= 14:
		return Version{11, 8}, true
	case v.Minor == 15:
		return Version{12, 2}, true
	case v.Minor <= 17:
		return Version{12, 3}, true
	}
	return Version{12, 5}, true
}

// MinCUDA is the first CUDA that knows the architecture of a GPU, by its
// product name: an older one has "no kernel image" for it. Only architectures
// newer than the oldest CUDA in use are told.
func MinCUDA(product string) (Version, bool) {
	p := strings.ToUpper(product)
	for _, arch := range []struct {
		names string
		cuda  Version
	}{
		{`B100|B200|B300|GB200|GB300|RTX-?50\d0|RTX-PRO-\d+-BLACKWELL`, Version{12, 8}},
		{`H100|H200|H800|H20|GH200`, Version{11, 8}},
	} {
		if regexp.MustCompile(`(?:^|-)(?:` + arch.names + `)(?:-|$)`).MatchString(p) {
			return arch.cuda, true
		}
	}
	return Version{}, false
}
