package gpu

import (
	"fmt"
	"io"
	"math"
	"strconv"

	jsoniter "github.com/json-iterator/go"
)

// sample is one value of a series; the time is Prometheus' own, in seconds.
type sample struct {
	at    float64
	value float64
}

// answer is what stands around the rows of an answer of the query API.
type answer struct {
	status    string // "success" or "error"
	errorType string // "bad_data", "execution", "timeout", ...
	message   string
	kind      string   // "vector", "matrix", "scalar", "string"
	warnings  []string // Thanos and Mimir name stores that did not answer here
	partial   bool     // VictoriaMetrics' way to say the same
}

// rowFunc takes one row of an answer: the label set as the server wrote it, in
// JSON, and its samples (one of a vector, many of a matrix). Both are only
// valid during the call. An error ends the decoding.
type rowFunc func(labels []byte, samples []sample) error

// decodeBuffer is how much of an answer is in memory at once, in bytes.
const decodeBuffer = 16 << 10

// decode reads an answer as it arrives and gives its rows away one by one: with
// 8,000 devices the text alone is 2.4 MB, and a tree of label maps would cost
// more than everything else of a refresh.
func decode(body io.Reader, each rowFunc) (answer, error) {
	iter := jsoniter.Parse(jsoniter.ConfigDefault, body, decodeBuffer)
	var a answer
	var failed error
	iter.ReadObjectCB(func(iter *jsoniter.Iterator, field string) bool {
		switch field {
		case "status":
			a.status = iter.ReadString()
		case "errorType":
			a.errorType = iter.ReadString()
		case "error":
			a.message = iter.ReadString()
		case "isPartial":
			a.partial = iter.ReadBool()
		case "warnings":
			for iter.ReadArray() {
				a.warnings = append(a.warnings, iter.ReadString())
			}
		case "data":
			failed = decodeData(iter, &a, each)
		default:
			iter.Skip()
		}
		return failed == nil && iter.Error == nil
	})
	switch {
	case failed != nil:
		return a, failed
	case iter.Error != nil:
		return a, fmt.Errorf("read the answer: %w", iter.Error)
	}
	return a, nil
}

func decodeData(iter *jsoniter.Iterator, a *answer, each rowFunc) error {
	if iter.WhatIsNext() != jsoniter.ObjectValue {
		iter.Skip() // null of an error, or the list of another endpoint
		return nil
	}
	var failed error
	iter.ReadObjectCB(func(iter *jsoniter.Iterator, field string) bool {
		switch field {
		case "resultType":
			a.kind = iter.ReadString()
		case "result":
			failed = decodeRows(iter, each)
		default:
			iter.Skip()
		}
		return failed == nil && iter.Error == nil
	})
	return failed
}

// decodeRows reads the array of rows. A scalar's or string's result is an array
// of other things; its elements are skipped.
func decodeRows(iter *jsoniter.Iterator, each rowFunc) error {
	if iter.WhatIsNext() != jsoniter.ArrayValue {
		iter.Skip()
		return nil
	}
	labels := make([]byte, 0, 512) // not nil: jsoniter's capture takes nil for none
	var samples []sample
	row := func(iter *jsoniter.Iterator, field string) bool {
		switch field {
		case "metric":
			labels = iter.SkipAndAppendBytes(labels)
		case "value":
			samples = append(samples, decodeSample(iter))
		case "values":
			for iter.ReadArray() {
				samples = append(samples, decodeSample(iter))
			}
		default:
			iter.Skip()
		}
		return iter.Error == nil
	}
	for iter.ReadArray() {
		if iter.WhatIsNext() != jsoniter.ObjectValue {
			iter.Skip()
			continue
		}
		labels, samples = labels[:0], samples[:0]
		iter.ReadObjectCB(row)
		if iter.Error != nil {
			return nil // decode reports it
		}
		if err := each(labels, samples); err != nil {
			return err
		}
	}
	return nil
}

// decodeSample reads [seconds, "value"]; a value that is no number is NaN.
func decodeSample(iter *jsoniter.Iterator) sample {
	s := sample{value: math.NaN()}
	for i := 0; iter.ReadArray(); i++ {
		switch {
		case i == 0 && iter.WhatIsNext() == jsoniter.NumberValue:
			s.at = iter.ReadFloat64()
		case i == 1 && iter.WhatIsNext() == jsoniter.StringValue:
			s.value = parseValue(iter.ReadStringAsSlice())
		default:
			iter.Skip()
		}
	}
	return s
}

// parseValue reads Prometheus' notation of a number, "NaN" and "+Inf"
// included. Short plain integers, most of what is asked for, are read in place.
func parseValue(text []byte) float64 {
	if len(text) > 0 && len(text) < 10 {
		n, digits := 0, 0
		for digits < len(text) && text[digits] >= '0' && text[digits] <= '9' {
			n = n*10 + int(text[digits]-'0')
			digits++
		}
		if digits == len(text) {
			return float64(n)
		}
	}
	v, err := strconv.ParseFloat(string(text), 64)
	if err != nil {
		return math.NaN()
	}
	return v
}
