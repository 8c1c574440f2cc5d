package gpu

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
	"testing"
	"time"
)

func TestDecode(t *testing.T) {
	tests := []struct {
		name, body string
		want       []string // rows as labels and values
		kind       string
		fails      bool
	}{
		{"vector", vector(`{a="b"} 12`, `{} 0.5`, `{x="y"} NaN`, `{x="z"} +Inf`),
			[]string{`{"a":"b"} 12`, `{} 0.5`, `{"x":"y"} NaN`, `{"x":"z"} +Inf`}, "vector", false},
		{"matrix", matrix(`{a="b"}`, `[[1,"1"],[2.5,"2e3"]]`), []string{`{"a":"b"} 1 2000`}, "matrix", false},
		{"fields in another order", `{"data":{"result":[{"value":[1,"2"],"metric":{"a":"b"}}],"resultType":"vector"},"status":"success"}`,
			[]string{`{"a":"b"} 2`}, "vector", false},
		{"scalar", `{"status":"success","data":{"resultType":"scalar","result":[1,"1"]}}`, nil, "scalar", false},
		{"unknown fields", `{"status":"success","stats":{"x":[1]},"data":{"resultType":"vector","result":[{"metric":{},"histogram":[1,{}],"value":[1,"3"]}],"analysis":null}}`,
			[]string{`{} 3`}, "vector", false},
		{"a number that is none", `{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1,"many"]},{"metric":{},"value":[1,7]}]}}`,
			[]string{`{} NaN`, `{} NaN`}, "vector", false},
		{"null data", `{"status":"error","errorType":"bad_data","error":"parse error","data":null}`, nil, "", false},
		{"cut", vector(`{a="b"} 12`)[:70], nil, "", true},
		{"not an object", `[]`, nil, "", true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var got []string
			a, err := decode(strings.NewReader(test.body), func(labels []byte, samples []sample) error {
				row := string(labels)
				for _, s := range samples {
					row += " " + strconv.FormatFloat(s.value, 'f', -1, 64)
				}
				got = append(got, row)
				return nil
			})
			if (err != nil) != test.fails {
				t.Fatalf("error %v, want one: %v", err, test.fails)
			}
			if err != nil {
				return
			}
			if a.kind != test.kind || strings.Join(got, "\n") != strings.Join(test.want, "\n") {
				t.Errorf("got %s %q, want %s %q", a.kind, got, test.kind, test.want)
			}
		})
	}
}

func TestDecodeStopsAtTheCallersError(t *testing.T) {
	rows := 0
	stop := fmt.Errorf("enough")
	_, err := decode(strings.NewReader(vector(`{} 1`, `{} 2`)), func([]byte, []sample) error { rows++; return stop })
	if err != stop || rows != 1 {
		t.Errorf("error %v after %d rows", err, rows)
	}
}

// FuzzDecode compares with encoding/json wherever that understands the answer.
func FuzzDecode(f *testing.F) {
	f.Add([]byte(vector(`{a="b"} 12`, `{a="\u4e2d"} NaN`)))
	f.Add([]byte(matrix(`{a="b"}`, `[[1,"1"],[2,"2"]]`)))
	f.Add([]byte(`{"status":"error","error":"x","errorType":"bad_data","warnings":["w"],"isPartial":true}`))
	f.Add([]byte(`{"data":{"result":[{"metric":null,"values":[[],[1],["x","1",2]]}]}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		l := labels{}
		var rows []map[string]string
		_, err := decode(bytes.NewReader(body), func(raw []byte, _ []sample) error {
			set := map[string]string{}
			if parseLabels(raw, l) == nil {
				for name, value := range l {
					set[name] = value
				}
			}
			l.hardware()
			l.holder()
			rows = append(rows, set)
			return nil
		})
		if err != nil || !canonical(body) {
			return
		}
		var reference struct {
			Data struct {
				Result []struct{ Metric map[string]string }
			}
		}
		if json.Unmarshal(body, &reference) == nil && len(reference.Data.Result) != len(rows) {
			t.Fatalf("%d rows, encoding/json has %d", len(rows), len(reference.Data.Result))
		}
	})
}

// canonical is true where encoding/json and decode mean the same: it folds the
// case of names, merges repeated ones and unescapes them.
func canonical(body []byte) bool {
	folded := strings.ToLower(string(body))
	for _, name := range []string{"data", "result"} {
		if strings.Count(folded, name) != 1 || strings.Count(string(body), `"`+name+`"`) != 1 {
			return false
		}
	}
	return json.Valid(body) && !strings.Contains(folded, `\u`)
}

func FuzzParseValue(f *testing.F) {
	for _, text := range []string{"0", "97", "0.97", "1e9", "NaN", "+Inf", "-1", "123456789", "1234567890", ""} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		want, err := strconv.ParseFloat(text, 64)
		if err != nil {
			want = math.NaN()
		}
		if got := parseValue([]byte(text)); got != want && !(math.IsNaN(got) && math.IsNaN(want)) {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
	})
}

// fleetOf is an answer about 1,000 nodes with 8 devices, with or without all labels.
func fleetOf(all bool) string {
	var b strings.Builder
	b.WriteString(`{"status":"success","data":{"resultType":"vector","result":[`)
	for i := range 8000 {
		node, gpu := i/8, i%8
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"metric":{`)
		if all {
			fmt.Fprintf(&b, `"DCGM_FI_DRIVER_VERSION":"535.104.05","Hostname":"gpu-%04d","UUID":"GPU-%08x-0000-0000-0000-%012x","exported_namespace":"team-%d","exported_pod":"job-%d-w%d","modelName":"NVIDIA A100-SXM4-80GB",`,
				node, i*2654435761, i, node%20, node/16, node%16)
		}
		fmt.Fprintf(&b, `"gpu":"%d","instance":"10.0.%d.%d:9400"},"value":[1764000000.123,"0.%02d"]}`, gpu, node/250, node%250, i%100)
	}
	b.WriteString(`]}}`)
	return b.String()
}

// BenchmarkMeasure is one number of 8,000 devices whose labels are known.
func BenchmarkMeasure(b *testing.B) {
	s := benchSource(b)
	short := []byte(fleetOf(false))
	b.SetBytes(int64(len(short)))
	b.ReportAllocs()
	for b.Loop() {
		s.table.forget(tensor)
		_, err := decode(bytes.NewReader(short), func(raw []byte, samples []sample) error {
			i, err := s.table.lookup(raw, s.scratch)
			if i >= 0 {
				s.table.set(tensor, i, samples[0].value)
			}
			return err
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkIdentities is the rare question: all labels of 8,000 devices.
func BenchmarkIdentities(b *testing.B) {
	all := []byte(fleetOf(true))
	b.SetBytes(int64(len(all)))
	b.ReportAllocs()
	for b.Loop() {
		r := newReader(8000)
		if _, err := decode(bytes.NewReader(all), r.row); err != nil {
			b.Fatal(err)
		}
		r.table.shorten()
		r.table.arrange()
		r.settle()
	}
}

// BenchmarkReadings is the picture that is published of 8,000 devices.
func BenchmarkReadings(b *testing.B) {
	s := benchSource(b)
	b.ReportAllocs()
	for b.Loop() {
		if n := len(s.readings()); n != 8000 {
			b.Fatal(n)
		}
	}
}

func benchSource(b *testing.B) *source {
	f := &fake{routes: []route{counts("DCGM_FI_DEV_GPU_UTIL"), {askTimes, vector()}, {askLabels, fleetOf(true)}}}
	s := newSource(nil, nil)
	c := &Client{}
	s.server, _ = c.newServer("fake", "http://fake", f)
	if err := s.refresh(b.Context(), time.Now(), nil); err != nil {
		b.Fatal(err)
	}
	return s
}
