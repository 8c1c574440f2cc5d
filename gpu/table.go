package gpu

import (
	"cmp"
	"hash/maphash"
	"math"
	"slices"
	"time"

	"paddock/fleet"
)

// device is what is known of one device between refreshes.
type device struct {
	key      key
	hardware *fleet.Hardware
	target   int32
	parent   bool // a whole GPU that is cut into MIG slices: its slices are the devices
	mixed    bool // with the samples of an ended series, which only utilisation is told apart from
	seen     uint64
	holders  []fleet.Ref // published: never changed, only replaced
	memory
}

// memory is what must outlive the table when the labels are read anew.
type memory struct {
	history fleet.History
	xid     int // -1 before it was asked
	xidAt   time.Time
	last    time.Time // when the device was last seen
}

// target is one exporter.
type target struct {
	name     string
	at       time.Time // of its newest sample
	unit     unit
	exported bool // its series have exported_pod: then plain pod labels are its own
}

// table is all devices, with the label sets that are known to belong to them.
// It is made by reading every label once, and then fed by questions that carry
// only a key: a row whose labels were seen before costs one look-up of the raw
// bytes, no parsing.
type table struct {
	form     keyForm
	devices  []device
	order    []int32 // of the devices in Readings
	byKey    map[key]int32
	targets  []target
	byTarget map[string]int32
	values   [columns][]float64

	rows      int            // of the question that carried every label
	labels    map[string]int // how many of them had the label
	plain     bool           // pod, namespace and container may be a workload's
	exporters map[fleet.Ref]bool
	forms     map[podForm]int // in how many rows of that question which labels named a workload

	// Of rows seen before, by the hash of their raw labels: the bytes themselves
	// would be megabytes. Two of 20,000 hashes are equal once in 10^11 tables.
	seed     maphash.Seed
	keyRows  map[uint64]int32 // device, -1 for none
	podRows  map[uint64]claim
	timeRows map[uint64]int32 // target, -1 for none
}

// claim says that a pod holds a device, by these labels.
type claim struct {
	device int32
	form   podForm
	own    bool // the labels look like the exporter's own
	holder fleet.Ref
}

func newTable() *table {
	return &table{
		byKey:     map[key]int32{},
		byTarget:  map[string]int32{},
		labels:    map[string]int{},
		exporters: map[fleet.Ref]bool{},
		forms:     map[podForm]int{},
		seed:      maphash.MakeSeed(),
		keyRows:   map[uint64]int32{},
		podRows:   map[uint64]claim{},
		timeRows:  map[uint64]int32{},
	}
}

// targetOf finds or adds the target of the labels.
func (t *table) targetOf(l labels) int32 {
	name := l.target()
	i, ok := t.byTarget[name]
	if !ok {
		i = int32(len(t.targets))
		t.targets = append(t.targets, target{name: name})
		t.byTarget[name] = i
	}
	return i
}

// shorten picks the least key that tells all devices apart.
func (t *table) shorten() {
	for t.form = keyInstance; ; t.form++ {
		clear(t.byKey)
		for i := range t.devices {
			t.byKey[t.form.of(t.devices[i].key)] = int32(i)
		}
		if len(t.byKey) == len(t.devices) || t.form == keyUUID {
			return
		}
	}
}

// arrange marks the parents of MIG slices, fixes the order of Readings and
// makes room for the values.
func (t *table) arrange() {
	sliced := map[key]bool{}
	for i := range t.devices {
		if k := t.devices[i].key; k.slice != "" {
			sliced[parentKey(k)] = true
		}
	}
	t.order = t.order[:0]
	for i := range t.devices {
		d := &t.devices[i]
		d.parent = d.key.slice == "" && sliced[parentKey(d.key)]
		if !d.parent {
			t.order = append(t.order, int32(i))
		}
	}
	slices.SortFunc(t.order, func(i, j int32) int {
		a, b := &t.devices[i], &t.devices[j]
		return cmp.Or(
			cmp.Compare(a.hardware.Hostname, b.hardware.Hostname),
			cmp.Compare(a.hardware.Instance, b.hardware.Instance),
			cmp.Compare(a.hardware.Index, b.hardware.Index),
			compareSlices(a.hardware.Slice, b.hardware.Slice),
			cmp.Compare(a.hardware.UUID, b.hardware.UUID),
		)
	})
	for m := range t.values {
		t.values[m] = make([]float64, len(t.devices))
		t.forget(measure(m))
	}
}

func parentKey(k key) key { return key{instance: k.instance, host: k.host, gpu: k.gpu} }

// compareSlices orders GPU instance ids, which are small numbers.
func compareSlices(a, b string) int {
	return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b))
}

// forget makes a measure unknown everywhere, before its values are read anew.
func (t *table) forget(m measure) {
	for i := range t.values[m] {
		t.values[m][i] = math.NaN()
	}
}

// set takes a value from the wire; of copies the largest stays.
func (t *table) set(m measure, device int32, wire float64) {
	v, ok := m.scale().value(wire)
	if old := t.values[m][device]; ok && !(old >= v) {
		t.values[m][device] = v
	}
}

// hash stands for the raw labels of a row.
func (t *table) hash(raw []byte) uint64 { return maphash.Bytes(t.seed, raw) }

// lookup finds the device that raw labels with a key are of; -1 when there is none.
func (t *table) lookup(raw []byte, l labels) (int32, error) {
	row := t.hash(raw)
	if i, ok := t.keyRows[row]; ok {
		return i, nil
	}
	if err := parseLabels(raw, l); err != nil {
		return -1, err
	}
	i, ok := t.byKey[t.form.of(l.key())]
	if !ok {
		i = -1
	}
	t.keyRows[row] = i
	return i, nil
}

// workload is the pod that a claim names, unless that is the exporter.
func (t *table) workload(c claim) (fleet.Ref, bool) {
	if c.form == formNone {
		return fleet.Ref{}, false
	}
	if c.form == formPlain && (c.own || t.exporters[c.holder] || t.targets[t.devices[c.device].target].exported) {
		return fleet.Ref{}, false
	}
	return c.holder, true
}
