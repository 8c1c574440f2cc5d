package progress

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// format is how one framework prints its progress: a regular expression whose
// groups are named after what they tell.
type format struct {
	name    string
	needs   []string // one of these stands in every line of it: cheaper to look for
	re      *regexp.Regexp
	unit    string // of the speed where the line does not say
	inEpoch bool
	bar     bool // a progress bar: others than the training's look the same
}

const (
	number = `[\d.]+(?:[eE][+-]?\d+)?`
	loss   = `(?P<loss>-?[\d.]+(?:[eE][+-]?\d+)?|(?i:nan|-?inf))` // PaddleOCR pads a nan: "nanxxx"
	rate   = `(?P<lr>` + number + `)`
	speed  = `(?P<speed>[\d.]+)`
	eta    = `(?P<eta>(?:\d+ days?, )?\d+:\d\d:\d\d)`
)

// formats are all that are known, the most specific first.
func formats() []format {
	re := regexp.MustCompile
	return []format{
		// paddleocr tools/program.py; older versions print iter for global_step. structure_loss and the like stand before the loss.
		{name: "paddleocr", needs: []string{"epoch: ["}, re: re(`epoch: \[(?P<epoch>\d+)/(?P<epochs>\d+)\], (?:global_step|iter): (?P<step>\d+),.*?lr: ` + rate + `,.*?\bloss: ` + loss +
			`.*?ips: ` + speed + `(?: (?P<unit>\w+/s))?(?:.*?eta: ` + eta + `)?`), unit: "samples/s"},
		// PaddleDetection: epochs from 0, without their number.
		{name: "ppdet", needs: []string{"Epoch: ["}, re: re(`Epoch: \[(?P<epoch>\d+)\] \[ *(?P<step>\d+)/ *(?P<steps>\d+)\].*?learning_rate: ` + rate + `.*?\bloss: ` + loss +
			`(?:.*?eta: ` + eta + `)?.*?ips: ` + speed + `(?: (?P<unit>\w+/s))?`), unit: "images/s", inEpoch: true},
		{name: "ppcls", needs: []string{"[Train][Epoch "}, re: re(`\[Train\]\[Epoch (?P<epoch>\d+)/(?P<epochs>\d+)\]\[Iter: (?P<step>\d+)/(?P<steps>\d+)\].*?lr(?:\(\w+\))?: ` + rate + `.*?\bloss: ` + loss +
			`.*?ips: ` + speed + `(?: (?P<unit>\w+/s))?\w*(?:.*?eta: ` + eta + `)?`), unit: "images/s", inEpoch: true},
		{name: "ppseg", needs: []string{"[TRAIN] epoch"}, re: re(`\[TRAIN\] epoch[:=] ?(?P<epoch>\d+), iter[:=] ?(?P<step>\d+)/(?P<steps>\d+), loss[:=] ?` + loss + `, lr[:=] ?` + rate +
			`.*?ips[:=] ?` + speed + `(?: (?P<unit>\w+/s))?\w*(?: \| ETA ` + eta + `)?`), unit: "samples/s"},
		{name: "paddlenlp", needs: []string{"global_step: "}, re: re(`\bloss: ` + loss + `, learning_rate: ` + rate + `, global_step: (?P<step>\d+)(?:.*?interval_samples_per_second: ` + speed + `)?` +
			`.*?(?:progress_or_)?epoch: (?P<epoch>[\d.]+)`), unit: "samples/s"},
		{name: "hf", needs: []string{"{'loss': "}, re: re(`\{'loss': '?` + loss + `'?,.*?'learning_rate': '?` + rate + `'?,.*?'epoch': '?(?P<epoch>[\d.]+)'?`)},
		// Megatron prints on its last rank. A loss that is no number removes the field.
		{name: "megatron", needs: []string{"elapsed time per iteration (ms): "}, re: re(`iteration +(?P<step>\d+)/ *(?P<steps>\d+) \|.*?elapsed time per iteration \(ms\): (?P<ms>[\d.]+) \|` +
			`(?:.*?learning rate: ` + rate + `)?(?:.*?lm loss: ` + loss + `)?(?:.*?number of nan iterations: +(?P<nans>\d+))?`)},
		{name: "deepspeed", needs: []string{"[Rank 0] step="}, re: re(`\[Rank 0\] step=(?P<step>\d+), skipped=\d+, lr=\[` + rate)},
		{name: "deepspeed", needs: []string{"CurrSamplesPerSec="}, re: re(`global_step=(?P<step>\d+), RunningAvgSamplesPerSec=[\d.]+, CurrSamplesPerSec=` + speed), unit: "samples/s"},
		{name: "nanogpt", needs: []string{"iter "}, re: re(`^iter (?P<step>\d+): loss ` + loss + `, time (?P<ms>[\d.]+)ms`)},
		{name: "lightning", needs: []string{"Epoch "}, bar: true, inEpoch: true, re: re(`^Epoch (?P<epoch>\d+): +\d{1,3}%\|[^|]*\| *(?P<step>\d+)/(?P<steps>\d+) \[[\d:]+<(?P<eta>[\d:?]+), *(?P<speed>[\d.?]+)(?P<unit>it/s|s/it)` +
			`(?:.*?(?:train_)?loss(?:_step)?=` + loss + `)?`)},
		{name: "tqdm", needs: []string{"it/s", "s/it"}, bar: true, re: re(`^(?P<what>[^|%]*?) *\d{1,3}%\|[^|]*\| *(?P<step>[\d.]+[kMG]?)/(?P<steps>[\d.]+[kMG]?) \[[\d:]+<(?P<eta>[\d:?]+), *(?P<speed>[\d.?]+)(?P<unit>it/s|s/it)`)},
	}
}

// groups are what the groups of an own pattern may be called.
var groups = []string{"step", "steps", "epoch", "epochs", "loss", "lr", "speed", "unit", "eta", "ms", "nans"}

// Pattern is a format of a user's own: a regular expression (RE2) with groups
// named step, steps, epoch, epochs, loss, lr, speed, unit, eta (seconds,
// h:mm:ss, or 1h2m), ms (milliseconds of a step) or nans.
type Pattern struct{ Name, Regexp string }

// format checks a pattern.
func (p Pattern) format() (format, error) {
	re, err := regexp.Compile(p.Regexp)
	if err != nil {
		return format{}, fmt.Errorf("progress pattern %q: %s", p.Name, strings.TrimPrefix(err.Error(), "error parsing regexp: "))
	}
	known := 0
	for _, g := range re.SubexpNames() {
		switch {
		case slices.Contains(groups, g):
			known++
		case g != "":
			return format{}, fmt.Errorf("progress pattern %q: no group is called %q; there are %s", p.Name, g, strings.Join(groups, ", "))
		}
	}
	if known == 0 {
		return format{}, fmt.Errorf("progress pattern %q has no named group, as (?P<step>\\d+); there are %s", p.Name, strings.Join(groups, ", "))
	}
	return format{name: p.Name, re: re}, nil
}

// may tells whether a line can be of the format.
func (f *format) may(text string) bool {
	return f.needs == nil || slices.ContainsFunc(f.needs, func(n string) bool { return strings.Contains(text, n) })
}

// read reads a line; false when it is none of the format's.
func (f *format) read(text string) (Progress, bool) {
	if !f.may(text) {
		return Progress{}, false
	}
	at := f.re.FindStringSubmatchIndex(text)
	if at == nil {
		return Progress{}, false
	}
	p := none()
	p.Format, p.InEpoch, p.Unit = f.name, f.inEpoch, ""
	for i, name := range f.re.SubexpNames() {
		if name == "" || at[2*i] < 0 {
			continue
		}
		if name == "what" && !trains(text[at[2*i]:at[2*i+1]]) {
			return Progress{}, false
		}
		p.set(name, text[at[2*i]:at[2*i+1]])
	}
	if !math.IsNaN(p.Speed) && p.Unit == "" {
		p.Unit = f.unit
	}
	if p.Unit == "s/it" && p.Speed > 0 {
		p.Speed, p.Unit = 1/p.Speed, "it/s"
	}
	return p, true
}

// trains tells the progress bar of a training by what stands before it: nothing,
// or a word for it. Downloads, tokenizing and evaluation have bars as well.
func trains(what string) bool {
	what = strings.ToLower(strings.Trim(what, " :"))
	for _, word := range []string{"eval", "valid", "test"} {
		if strings.Contains(what, word) {
			return false
		}
	}
	for _, word := range []string{"train", "epoch", "step", "iter"} {
		if strings.HasPrefix(what, word) {
			return true
		}
	}
	return what == ""
}

// set takes over the text of one group; what is no number is not told.
func (p *Progress) set(name, text string) {
	v, err := strconv.ParseFloat(strings.TrimRight(text, "."), 64)
	ok := err == nil && v >= 0
	switch name {
	case "step", "steps":
		n, ok := countOf(text)
		if !ok {
			return
		}
		if name == "step" {
			p.Step, p.StepTold = n, true
		} else {
			p.Steps = n
		}
	case "epoch":
		if ok {
			p.Epoch = v
		}
	case "epochs":
		if ok {
			p.Epochs = v
		}
	case "loss":
		if err == nil {
			p.Loss, p.LossTold = v, true
		}
	case "lr":
		if ok {
			p.Rate = v
		}
	case "speed":
		if ok {
			p.Speed = v
		}
	case "unit":
		p.Unit = text
	case "ms":
		if ok && v < 1e9 {
			p.StepTime = time.Duration(math.Round(v * float64(time.Millisecond)))
		}
	case "nans":
		p.Nans, _ = countOf(text)
	case "eta":
		if d, ok := etaOf(text); ok {
			p.ETA = d
		}
	}
}

// countOf reads a count, also one like "37,800", "37800.0" or "1.5k".
func countOf(text string) (int64, bool) {
	text = strings.ReplaceAll(text, ",", "")
	scale := 1.0
	if i := strings.IndexAny(text, "kMG"); i >= 0 && i == len(text)-1 {
		scale = map[byte]float64{'k': 1e3, 'M': 1e6, 'G': 1e9}[text[i]]
		text = text[:i]
	}
	v, err := strconv.ParseFloat(text, 64)
	if err != nil || !(v >= 0 && v*scale < 1e15) {
		return 0, false
	}
	return int64(v * scale), true
}

// etaOf reads "35 days, 5:08:42", "0:51:59", "04:07", seconds, or "1h2m".
func etaOf(text string) (time.Duration, bool) {
	days := 0.0
	if d, rest, ok := strings.Cut(text, " day"); ok {
		v, err := strconv.ParseFloat(d, 64)
		if err != nil || v > 1e5 {
			return 0, false
		}
		days, text = v, strings.TrimLeft(rest, "s, ")
	}
	if d, err := time.ParseDuration(text); err == nil && d >= 0 && days == 0 {
		return d, true
	}
	seconds := 0.0
	for part := range strings.SplitSeq(text, ":") {
		v, err := strconv.ParseFloat(part, 64)
		if err != nil || !(v >= 0 && v < 1e9) {
			return 0, false
		}
		seconds = seconds*60 + v
	}
	if seconds += days * 86400; seconds > 1e9 {
		return 0, false
	}
	return time.Duration(seconds * float64(time.Second)), true
}
