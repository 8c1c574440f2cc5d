package training

import "strings"

// reference is an image's name taken apart, as containerd completes it.
type reference struct {
	host, repository, tag string
	digest                string
}

// parseReference completes a name as the container runtime does: Docker Hub
// is the registry of names without one, "latest" the tag (distribution/reference).
func parseReference(image string) reference {
	name, digest, _ := strings.Cut(image, "@")
	r := reference{host: "docker.io", tag: "latest", digest: digest}
	if colon := strings.LastIndexByte(name, ':'); colon > strings.LastIndexByte(name, '/') {
		name, r.tag = name[:colon], name[colon+1:]
	}
	first, rest, ok := strings.Cut(name, "/")
	switch {
	case ok && (strings.ContainsAny(first, ".:") || first == "localhost"):
		r.host, r.repository = first, rest
	case ok:
		r.repository = name
	default:
		r.repository = "library/" + name
	}
	return r
}

// String is the complete name, as it stands in containerd's messages.
func (r reference) String() string {
	if r.digest != "" {
		return r.host + "/" + r.repository + "@" + r.digest
	}
	return r.host + "/" + r.repository + ":" + r.tag
}

// name is host and repository.
func (r reference) name() string { return r.host + "/" + r.repository }
