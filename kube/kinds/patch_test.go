package kinds

import (
	"encoding/json"
	"testing"
)

func TestPatches(t *testing.T) {
	object := func(s string) (o map[string]any) {
		if err := json.Unmarshal([]byte(s), &o); err != nil {
			t.Fatal(err)
		}
		return o
	}
	const uid = `{"op":"test","path":"/metadata/uid","value":"u1"}`
	for _, c := range []struct {
		name string
		got  Patch
		want string
	}{
		{"workers of an Indexed Job", Scale("u1", 4, 8, true), `[` + uid +
			`,{"op":"test","path":"/spec/parallelism","value":4},{"op":"add","path":"/spec/parallelism","value":8}` +
			`,{"op":"test","path":"/spec/completions","value":4},{"op":"add","path":"/spec/completions","value":8}]`},
		{"parallelism alone", Scale("u1", 4, 2, false), `[` + uid +
			`,{"op":"test","path":"/spec/parallelism","value":4},{"op":"add","path":"/spec/parallelism","value":2}]`},
		{"a field that was not there", PatchOf("u1").Set(SuspendPath, nil, true), `[` + uid +
			`,{"op":"test","path":"/spec/suspend","value":null},{"op":"add","path":"/spec/suspend","value":true}]`},
		{"nothing differs", Difference("u1", object(`{"a":1}`), object(`{"a":1}`)), `[` + uid + `]`},
		{"fields come, change and go", Difference("u1", object(`{"a":{"b/c":1,"x~y":2},"d":3}`), object(`{"a":{"b/c":5,"n":true},"d":3}`)), `[` + uid +
			`,{"op":"test","path":"/a/b~1c","value":1},{"op":"replace","path":"/a/b~1c","value":5}` +
			`,{"op":"test","path":"/a/n","value":null},{"op":"add","path":"/a/n","value":true}` +
			`,{"op":"test","path":"/a/x~0y","value":2},{"op":"remove","path":"/a/x~0y","value":null}]`},
		{"an element of a list", Difference("u1", object(`{"l":[{"i":"a"},{"i":"b"}]}`), object(`{"l":[{"i":"a"},{"i":"c"}]}`)), `[` + uid +
			`,{"op":"test","path":"/l","value":[{"i":"a"},{"i":"b"}]}` +
			`,{"op":"test","path":"/l/1/i","value":"b"},{"op":"replace","path":"/l/1/i","value":"c"}]`},
		{"a list grows", Difference("u1", object(`{"l":[1]}`), object(`{"l":[1,2]}`)), `[` + uid +
			`,{"op":"test","path":"/l","value":[1]},{"op":"replace","path":"/l","value":[1,2]}]`},
	} {
		got, err := json.Marshal(c.got)
		if err != nil || string(got) != c.want {
			t.Errorf("%s: %v\n%s\nwant\n%s", c.name, err, got, c.want)
		}
	}
}
