package cuda

import (
	"regexp"
	"strings"
)

// Image is an image reference in its parts.
type Image struct {
	Host   string // "docker.io" when none is written
	Path   string // "paddlepaddle/paddle"
	Tag    string // "" when none is written
	Digest string // "sha256:..."; "" when none is written
}

// ParseImage takes a reference apart the way container runtimes do: the first
// part is a registry when it looks like a host, and a colon after the last
// slash begins the tag.
func ParseImage(ref string) Image {
	var i Image
	ref, i.Digest, _ = strings.Cut(ref, "@")
	if at := strings.LastIndexByte(ref, ':'); at > strings.LastIndexByte(ref, '/') {
		ref, i.Tag = ref[:at], ref[at+1:]
	}
	i.Host, i.Path = "docker.io", ref
	if host, path, ok := strings.Cut(ref, "/"); ok && (strings.ContainsAny(host, ".:") || host == "localhost") {
		i.Host, i.Path = host, path
	}
	if i.Host == "docker.io" && !strings.Contains(i.Path, "/") {
		i.Path = "library/" + i.Path
	}
	return i
}

// name is the last part of the path, which mirrors keep: "paddle".
func (i Image) name() string { return i.Path[strings.LastIndexByte(i.Path, '/')+1:] }

// ngc tells an image of NVIDIA's own registry, or of a mirror that keeps its path.
func (i Image) ngc() bool {
	return i.Host == "nvcr.io" && strings.HasPrefix(i.Path, "nvidia/") || strings.Contains(i.Path, "nvcr.io/nvidia/")
}

// OfImage tells the CUDA that an image brings, from its reference alone, and
// what that was read from. ok is false for an image without CUDA and for one
// whose tag doesn't say: nobody knows then.
func OfImage(ref string) (v Version, source string, ok bool) {
	i := ParseImage(ref)
	if v, ok := dotted(i.Tag); ok {
		return v, "its tag", true
	}
	if v, ok := short(i.Tag); ok {
		return v, "its tag", true
	}
	switch {
	case i.name() == "cuda" && strings.Contains(i.Path, "nvidia/"): // nvidia/cuda:11.8.0-base-ubuntu22.04
		v, ok = ParseVersion(upTo(i.Tag, "-"))
		return v, "its tag", ok
	case i.ngc():
		v, ok = ofNGC(i.name(), i.Tag)
		return v, "NVIDIA's release notes of " + month(i.Tag), ok
	case i.Path == "tensorflow/tensorflow" && strings.Contains(i.Tag, "-gpu"):
		v, ok = ofTensorFlow(i.Tag)
		return v, "TensorFlow's build table", ok
	}
	return Version{}, "", false
}

// dotted reads "2.6.1-gpu-cuda11.7-cudnn8.4-trt8.4" and "py310-cu12.1".
func dotted(tag string) (Version, bool) {
	m := regexp.MustCompile(`(?:^|[-_.])(?:cuda|cu)[-_]?(\d{1,2})\.(\d{1,2})`).FindStringSubmatch(tag)
	if m == nil {
		return Version{}, false
	}
	return ParseVersion(m[1] + "." + m[2])
}

// short reads "cuda118-dev", "2.4.0-cu121" and "2.5.0+cu124", where the last digit is the minor version.
func short(tag string) (Version, bool) {
	m := regexp.MustCompile(`(?:^|[-_+])cu(?:da)?(\d{2})(\d)(?:$|[-_])`).FindStringSubmatch(tag)
	if m == nil {
		return Version{}, false
	}
	return ParseVersion(m[1] + "." + m[2])
}

// ForwardCompatible tells whether an image is known to bring NVIDIA's forward
// compatibility package, with which a data-centre GPU runs a CUDA that is newer
// than its driver; NVIDIA's own containers do.
func ForwardCompatible(ref string) bool {
	i := ParseImage(ref)
	return i.ngc() && i.name() != "cuda"
}

func upTo(s, sep string) string {
	before, _, _ := strings.Cut(s, sep)
	return before
}
