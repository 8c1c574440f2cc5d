package kube

import (
	"sync"

	"google.golang.org/protobuf/encoding/protowire"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

// kept says which fields of a protobuf message are read, by number; a field
// without fields of its own is read whole.
type kept map[protowire.Number]kept

// Two thirds of a pod on the wire is what nobody looks at here: managed fields,
// volumes, environments, tolerations. Leaving it out before the generated code
// makes strings and structs of it halves the time and the garbage of the first
// list and of every change. Numbers are those of generated.proto in k8s.io/api
// and apimachinery; they never change.
var (
	metaFields = kept{
		1: nil, 3: nil, 5: nil, 6: nil, // name, namespace, uid, resourceVersion
		8: nil, 9: nil, // creationTimestamp, deletionTimestamp
		11: nil, 12: nil, 13: nil, // labels, annotations, ownerReferences
	}
	containerFields = kept{1: nil, 2: nil, 8: nil, 24: nil} // name, image, resources, restartPolicy
	statusFields    = kept{
		1: nil, 2: nil, 3: nil, 4: nil, // name, state, lastState, ready
		5: nil, 6: nil, 7: nil, // restartCount, image, imageID
	}
	podFields = kept{
		1: metaFields,
		2: { // spec
			2: containerFields, 20: containerFields,
			8: nil, 10: nil, 24: nil, // serviceAccountName, nodeName, priorityClassName
		},
		3: { // status
			1: nil, 2: nil, 3: nil, 4: nil, 7: nil, // phase, conditions, message, reason, startTime
			8: statusFields, 10: statusFields,
		},
	}
	nodeFields = kept{
		1: metaFields,
		2: {4: nil, 5: nil},                         // unschedulable, taints
		3: {1: nil, 2: nil, 4: nil, 5: nil, 7: nil}, // capacity, allocatable, conditions, addresses, nodeInfo
	}
)

// appendTo appends to out what is kept of a message. What is no message is
// appended as it is, for the generated code to complain about.
func (f kept) appendTo(out, message []byte) []byte {
	for len(message) > 0 {
		number, kind, n := protowire.ConsumeTag(message)
		if n < 0 {
			return append(out, message...)
		}
		size := protowire.ConsumeFieldValue(number, kind, message[n:])
		if size < 0 {
			return append(out, message...)
		}
		field, value := message[:n+size], message[n:n+size]
		message = message[n+size:]
		inner, wanted := f[number]
		switch {
		case !wanted:
		case inner == nil || kind != protowire.BytesType:
			out = append(out, field...)
		default:
			out = append(out, field[:n]...)
			body, _ := protowire.ConsumeBytes(value)
			out = inner.appendSized(out, body)
		}
	}
	return out
}

// appendSized appends what is kept of an inner message behind its length,
// which is known only afterwards.
func (f kept) appendSized(out, message []byte) []byte {
	at := len(out)
	out = f.appendTo(out, message)
	size := uint64(len(out) - at)
	out = protowire.AppendVarint(out, size) // for the room; the length belongs before
	head := len(out) - at - int(size)
	copy(out[at+head:], out[at:at+int(size)])
	protowire.AppendVarint(out[:at], size)
	return out
}

// wirePod is a Pod of which the wire's fields that are not kept were left out.
type wirePod struct{ corev1.Pod }

// wireNode is a Node of which the wire's fields that are not kept were left out.
type wireNode struct{ corev1.Node }

// Unmarshal reads protobuf.
func (p *wirePod) Unmarshal(data []byte) error { return podFields.read(data, p.Pod.Unmarshal) }

// Unmarshal reads protobuf.
func (n *wireNode) Unmarshal(data []byte) error { return nodeFields.read(data, n.Node.Unmarshal) }

// scratch lends the room for what is kept of a message: the generated code
// copies all that it takes out of it.
var scratch = sync.Pool{New: func() any { return new([]byte) }}

// read hands what is kept of a message to unmarshal.
func (f kept) read(message []byte, unmarshal func([]byte) error) error {
	room := scratch.Get().(*[]byte)
	*room = f.appendTo((*room)[:0], message)
	err := unmarshal(*room)
	scratch.Put(room)
	return err
}

// DeepCopyObject makes a wirePod a runtime.Object.
func (p *wirePod) DeepCopyObject() runtime.Object { return &wirePod{*p.Pod.DeepCopy()} }

// DeepCopyObject makes a wireNode a runtime.Object.
func (n *wireNode) DeepCopyObject() runtime.Object { return &wireNode{*n.Node.DeepCopy()} }

// object is the API's own type.
func (p *wirePod) object() runtime.Object { return &p.Pod }

// object is the API's own type.
func (n *wireNode) object() runtime.Object { return &n.Node }
