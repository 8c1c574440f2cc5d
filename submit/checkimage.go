package submit

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"paddock/cuda"
	"paddock/fleet"
)

// images checks how images are named.
func (c *checker) images(w *workload) {
	for _, k := range w.containers() {
		image := cuda.ParseImage(k.Image)
		switch {
		case k.Image == "":
			c.say(Error, "image-missing", fmt.Sprintf("container %s has no image", k.Name), "")
		case image.Digest != "":
		case image.Tag == "":
			c.say(Warning, "image-latest", k.Image+" has no tag: each worker takes what is latest when it starts", "name a version")
		case image.Tag == "latest":
			c.say(Warning, "image-latest", k.Image+" is what is latest when each worker starts", "name a version")
		}
		if documented, paddle := cuda.Documented(k.Image); paddle && !documented && image.Tag != "" && image.Tag != "latest" {
			do := ""
			if tags := cuda.PaddleTags(image.Tag); len(tags) > 0 {
				do = "documented are " + strings.Join(tags, ", ")
			}
			c.say(Hint, "image-undocumented", "PaddlePaddle documents no tag "+image.Tag+"; a private mirror may have it", do)
		}
	}
}

// drivers holds the CUDA of the image against the drivers of the nodes that the
// workers may land on.
func (c *checker) drivers(w *workload, nodes place) {
	image := w.trainer().Image
	version, source, ok := cuda.OfImage(image)
	if !ok || len(nodes.list) == 0 {
		return
	}
	var old, minor []*fleet.Node
	judged := 0
	for _, n := range nodes.list {
		switch judge(n.Object, version) {
		case cuda.Unknown:
			continue
		case cuda.TooOld:
			old = append(old, n)
		case cuda.Minor:
			minor = append(minor, n)
		}
		judged++
	}
	if len(old) > 0 {
		c.tooOld(image, version, source, nodes, old, judged)
	}
	if len(minor) > 0 {
		c.say(Hint, "driver-minor", fmt.Sprintf("CUDA %s (by %s) is newer than the drivers of %s (%s; %s): it runs by minor version compatibility, without compiling PTX",
			version, source, plural(len(minor), "node"), drivers(minor), nodeList(minor)), "")
	}
	c.architecture(version, nodes.list)
}

func (c *checker) tooOld(image string, version cuda.Version, source string, nodes place, old []*fleet.Node, judged int) {
	floor, _ := cuda.MinDriver(version)
	says := fmt.Sprintf("CUDA %s (by %s) needs driver %s; %d of %s %s an older one (%s): %s", version, source, floor,
		len(old), plural(len(nodes.list), "node"), have(len(old)), drivers(old), nodeList(old))
	severity := Warning
	if len(old) == judged && nodes.sure {
		severity = Error
	}
	switch {
	case cuda.ForwardCompatible(image):
		c.say(Warning, "driver-too-old", says+"; NVIDIA's container brings a compatibility package, with which data-centre GPUs accept some older drivers", "")
	case len(old) == judged:
		c.say(severity, "driver-too-old", says, "take an image with an older CUDA, or nodes with a newer driver")
	default:
		c.say(severity, "driver-too-old", says, c.keepTo(nodes.list, old))
	}
}

// keepTo tells how to keep workers away from some nodes.
func (c *checker) keepTo(all, bad []*fleet.Node) string {
	var good []string
	for _, n := range all {
		p := n.Object.Product
		if p != "" && !slices.Contains(good, p) && !slices.ContainsFunc(bad, func(b *fleet.Node) bool { return b.Object.Product == p }) {
			good = append(good, p)
		}
	}
	if len(good) == 0 {
		return c.do("keep workers off these nodes with nodeSelector", "keep workers off these nodes with a node selector or an affinity")
	}
	return c.do("keep to the others: product: "+good[0], "keep to the others: nodeSelector "+labelProduct+"="+good[0])
}

// judge holds a CUDA against a node: its driver, or the newest CUDA that its
// driver is said to support.
func judge(o *fleet.NodeObject, v cuda.Version) cuda.Fit {
	if f := cuda.Judge(o.Driver, v); f != cuda.Unknown {
		return f
	}
	newest, ok := cuda.ParseVersion(o.CUDA)
	switch {
	case !ok:
		return cuda.Unknown
	case v.Compare(newest) <= 0:
		return cuda.Full
	case v.Major == newest.Major && v.Major >= 11:
		return cuda.Minor
	}
	return cuda.TooOld
}

// drivers lists the drivers of some nodes, each once.
func drivers(nodes []*fleet.Node) string {
	var out []string
	for _, n := range nodes {
		d := n.Object.Driver
		if d == "" {
			d = "for CUDA " + n.Object.CUDA
		}
		if !slices.Contains(out, d) {
			out = append(out, d)
		}
	}
	slices.Sort(out)
	return strings.Join(out, ", ")
}

// architecture tells of GPUs that the image's CUDA was there before.
func (c *checker) architecture(v cuda.Version, nodes []*fleet.Node) {
	byProduct := map[string][]*fleet.Node{}
	for _, n := range nodes {
		byProduct[n.Object.Product] = append(byProduct[n.Object.Product], n)
	}
	for _, product := range slices.Sorted(maps.Keys(byProduct)) {
		first, ok := cuda.MinCUDA(product)
		if !ok || v.Compare(first) >= 0 {
			continue
		}
		young := byProduct[product]
		c.say(Warning, "gpu-too-new", fmt.Sprintf("CUDA %s does not know the GPUs of %s (%s), which need %s: \"no kernel image is available\"",
			v, plural(len(young), "node"), product, first), c.keepTo(nodes, young))
	}
}
