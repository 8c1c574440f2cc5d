// Package cuda holds the tables from an image's tag to the CUDA that it brings,
// and from a CUDA to the drivers that run it.
//
// The sources, all public: NVIDIA's CUDA Toolkit release notes (driver table)
// and its "CUDA Compatibility" guide, the release notes of the NGC containers,
// PaddlePaddle's install documentation, TensorFlow's build table. What they
// don't say is unknown here, never guessed.
package cuda

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
)

// Version is a CUDA version, as far as compatibility goes by it: 11.8.
type Version struct{ Major, Minor int }

// String is the form people write: "11.8".
func (v Version) String() string { return fmt.Sprintf("%d.%d", v.Major, v.Minor) }

// Compare is negative when v is older than o, 0 when they are the same.
func (v Version) Compare(o Version) int {
	return cmp.Or(cmp.Compare(v.Major, o.Major), cmp.Compare(v.Minor, o.Minor))
}

// ParseVersion reads "11.8", or "11.8.0" of which the update is dropped.
func ParseVersion(s string) (Version, bool) {
	major, rest, _ := strings.Cut(s, ".")
	minor, _, _ := strings.Cut(rest, ".")
	a, err := number(major)
	if err != nil {
		return Version{}, false
	}
	b, err := number(minor)
	return Version{a, b}, err == nil
}

// number reads one part of a version: digits alone, no sign.
func number(s string) (int, error) {
	n, err := strconv.ParseUint(s, 10, 16)
	return int(n), err
}
