package apiserver

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"

	"k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"paddock/demo/store"
)

func (c *call) get() error {
	if _, err := c.accept(); err != nil {
		return err
	}
	o, err := c.object()
	if err != nil {
		return err
	}
	c.respond(http.StatusOK, o)
	return nil
}

func (c *call) list() error {
	if _, err := c.accept(); err != nil {
		return err
	}
	o, err := c.listOptions()
	if err != nil {
		return err
	}
	p, err := c.selectPage(o)
	if err != nil {
		return err
	}
	list, err := c.listOf(p)
	if err != nil {
		return err
	}
	c.respond(http.StatusOK, list)
	return nil
}

// segment is one page of a list, and where the next begins.
type segment struct {
	objects   []store.Object
	version   uint64
	next      string
	remaining *int64
}

// token says where a list goes on; clients pass it back as they got it.
type token struct {
	Version uint64 `json:"rv"`
	After   string `json:"after"`
}

func (t token) String() string {
	text, _ := json.Marshal(t) // of plain fields: it can't fail
	return base64.RawURLEncoding.EncodeToString(text)
}

func parseToken(text string) (t token, err error) {
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if err == nil {
		err = json.Unmarshal(raw, &t)
	}
	if err != nil {
		return t, errors.NewBadRequest("invalid continue token: continue key is not valid: " + err.Error())
	}
	return t, nil
}

// selectPage selects what a list asks for: everything, or one page of the version
// that its first page had.
func (c *call) selectPage(o listOptions) (segment, error) {
	var after token
	if o.Continue != "" {
		var err error
		if after, err = parseToken(o.Continue); err != nil {
			return segment{}, err
		}
	}
	objects, version, err := c.stateFor(o, after)
	if err != nil {
		return segment{}, err
	}
	objects = slices.DeleteFunc(objects, func(obj store.Object) bool { return place(obj) <= after.After || !o.selector.matches(obj) })
	p := segment{objects: objects, version: version}
	if n := int(o.Limit); n > 0 && len(objects) > n {
		p.objects = objects[:n]
		p.next = token{version, place(objects[n-1])}.String()
		// A selector makes the count unknown to the real server, which does not filter in etcd.
		if o.selector.labels.Empty() && o.selector.fields.Empty() {
			left := int64(len(objects) - n)
			p.remaining = &left
		}
	}
	return p, nil
}

// stateFor is the state that a list is of: the newest, unless it continues or
// names an exact version.
func (c *call) stateFor(o listOptions, after token) ([]store.Object, uint64, error) {
	at := after.Version
	if o.ResourceVersionMatch == metav1.ResourceVersionMatchExact || at == 0 && o.Limit > 0 && o.version > 0 && o.ResourceVersionMatch == "" {
		at = o.version
	}
	if at == 0 {
		objects, version := c.store.List(c.groupResource(), c.namespace)
		return objects, version, nil
	}
	objects, err := c.store.ListAt(c.groupResource(), c.namespace, at)
	if err != nil && o.Continue != "" {
		err = errors.NewResourceExpired("The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter.")
	} else if err != nil {
		err = errors.NewResourceExpired("The resourceVersion for the provided list is too old.")
	}
	return objects, at, err
}

// place orders objects as etcd's keys do: every one has one of its own. A NUL
// can't be in a name.
func place(o store.Object) string { return o.GetNamespace() + "\x00" + o.GetName() + "\x00" }

// listOf makes the typed list of a page.
func (c *call) listOf(p segment) (runtime.Object, error) {
	list, err := c.scheme.New(c.kind.listKind())
	if err != nil {
		return nil, err
	}
	items := make([]runtime.Object, len(p.objects))
	for i, o := range p.objects {
		items[i] = o
	}
	if err := meta.SetList(list, items); err != nil {
		return nil, err
	}
	m, err := meta.ListAccessor(list)
	if err != nil {
		return nil, err
	}
	m.SetResourceVersion(strconv.FormatUint(p.version, 10))
	m.SetContinue(p.next)
	m.SetRemainingItemCount(p.remaining)
	return list, nil
}
