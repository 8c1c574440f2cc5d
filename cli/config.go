package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"strings"

	"k8s.io/apimachinery/pkg/api/resource"
	"sigs.k8s.io/yaml"

	"paddock/gpu"
	"paddock/live"
	"paddock/progress"
)

// config is the configuration file. Every part of it may be missing.
type config struct {
	// Prometheus holds for every context that has no settings of its own.
	Prometheus *prometheusConfig `json:"prometheus,omitempty"`
	// Progress says how the progress of jobs is read out of their logs.
	Progress *progressConfig `json:"progress,omitempty"`
	// Logs bounds what a screen of logs holds, and says where older ones are.
	Logs *logsConfig `json:"logs,omitempty"`
	// Contexts are tried in order; the first whose pattern matches holds.
	Contexts []contextConfig `json:"contexts,omitempty"`
	// Incidents bound what is kept of workers that failed.
	Incidents *incidentsConfig `json:"incidents,omitempty"`
}

// contextConfig is what holds for the kube contexts that a pattern matches.
type contextConfig struct {
	Match      string            `json:"match"` // shell pattern: "prod-*"
	Protected  bool              `json:"protected,omitempty"`
	ReadOnly   bool              `json:"readOnly,omitempty"`
	Prometheus *prometheusConfig `json:"prometheus,omitempty"`
}

// prometheusConfig says how Prometheus is reached, and which of its series are this cluster's.
type prometheusConfig struct {
	URL                   string            `json:"url,omitempty"`
	BearerTokenFile       string            `json:"bearerTokenFile,omitempty"`
	Username              string            `json:"username,omitempty"`
	PasswordFile          string            `json:"passwordFile,omitempty"`
	CAFile                string            `json:"caFile,omitempty"`
	InsecureSkipTLSVerify bool              `json:"insecureSkipTLSVerify,omitempty"`
	Headers               map[string]string `json:"headers,omitempty"`  // "X-Scope-OrgID": "team-a"
	Matchers              []string          `json:"matchers,omitempty"` // cluster="prod-a"
}

type progressConfig struct {
	Off      bool             `json:"off,omitempty"`
	Patterns []progressFormat `json:"patterns,omitempty"`
}

// progressFormat is how a program of the user's own prints its progress.
type progressFormat struct {
	Name   string `json:"name"`
	Regexp string `json:"regexp"` // RE2, with groups named step, steps, loss, ...
}

type logsConfig struct {
	Memory string `json:"memory,omitempty"` // "64Mi"
	File   string `json:"file,omitempty"`   // "1Gi"; "0" drops what memory has no room for
	Link   string `json:"link,omitempty"`   // URL of the logs of a pod that is gone: {namespace}, {pod}, {job}
}

// leastLogMemory is what a screen of logs needs.
const leastLogMemory = 1 << 20

// bounds reads the sizes.
func (l *logsConfig) bounds() (live.LogBounds, error) {
	b := live.LogBounds{Memory: live.LogMemory, File: live.LogFile}
	if l == nil {
		return b, nil
	}
	for _, s := range []struct {
		name, text string
		to         *int64
	}{{"memory", l.Memory, &b.Memory}, {"file", l.File, &b.File}} {
		if s.text == "" {
			continue
		}
		q, err := resource.ParseQuantity(s.text)
		if err != nil || q.Sign() < 0 {
			return b, fmt.Errorf("%s: %q is no size like 64Mi", s.name, s.text)
		}
		*s.to = q.Value()
	}
	if b.Memory < leastLogMemory {
		return b, fmt.Errorf("memory: %s is too little: 1Mi at least", l.Memory)
	}
	if l.Link != "" {
		if u, err := url.Parse(l.Link); err != nil || u.Scheme != "http" && u.Scheme != "https" {
			return b, fmt.Errorf("link: %q is no http(s) URL", l.Link)
		}
		b.Link = l.Link
	}
	return b, nil
}

func (p *progressConfig) live() live.Progress {
	if p == nil {
		return live.Progress{}
	}
	out := live.Progress{Off: p.Off}
	for _, f := range p.Patterns {
		out.Patterns = append(out.Patterns, progress.Pattern{Name: f.Name, Regexp: f.Regexp})
	}
	return out
}

// loadConfig reads the file. An unknown key is an error: a setting that is
// silently not in force is worse than none. Only a file that was asked for has to exist.
func loadConfig(file string, required bool) (*config, error) {
	data, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) && !required {
		return &config{}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("the configuration can't be read: %w", err)
	}
	var c config
	if err := yaml.UnmarshalStrict(data, &c); err != nil {
		return nil, fmt.Errorf("configuration %s: %s", file, plainYAML(err))
	}
	if err := c.check(); err != nil {
		return nil, fmt.Errorf("configuration %s: %w", file, err)
	}
	return &c, nil
}

// plainYAML takes the library's scaffolding off its message.
func plainYAML(err error) string {
	s := err.Error()
	for _, prefix := range []string{"error unmarshaling JSON: ", "while decoding JSON: ", "json: ", "error converting YAML to JSON: ", "yaml: "} {
		s = strings.TrimPrefix(s, prefix)
	}
	return s
}

func (c *config) check() error {
	if err := c.Prometheus.check(); err != nil {
		return fmt.Errorf("prometheus: %w", err)
	}
	if _, err := progress.NewFormats(c.Progress.live().Patterns); err != nil {
		return err
	}
	if _, err := c.Logs.bounds(); err != nil {
		return fmt.Errorf("logs: %w", err)
	}
	for i, x := range c.Contexts {
		if x.Match == "" {
			return fmt.Errorf("contexts[%d] has no match: give the context's name or a pattern like \"prod-*\"", i)
		}
		if _, err := path.Match(x.Match, ""); err != nil {
			return fmt.Errorf("contexts[%d]: match %q is not a pattern: a [ is not closed", i, x.Match)
		}
		if err := x.Prometheus.check(); err != nil {
			return fmt.Errorf("contexts[%d] (%s) prometheus: %w", i, x.Match, err)
		}
	}
	return nil
}

func (p *prometheusConfig) check() error {
	if p == nil {
		return nil
	}
	return p.gpu().Validate()
}

func (p *prometheusConfig) gpu() gpu.Config {
	if p == nil {
		return gpu.Config{}
	}
	return gpu.Config{
		URL: p.URL, BearerTokenFile: expandHome(p.BearerTokenFile), Username: p.Username, PasswordFile: expandHome(p.PasswordFile),
		CAFile: expandHome(p.CAFile), InsecureSkipTLS: p.InsecureSkipTLSVerify, Headers: p.Headers, Matchers: p.Matchers,
	}
}

// expandHome replaces a leading ~/, as a shell does.
func expandHome(file string) string {
	rest, ok := strings.CutPrefix(file, "~/")
	if !ok {
		return file
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return file // the error of reading it names the file
	}
	return filepath.Join(home, rest)
}

// settings are what holds for one context.
func (c *config) settings(context string) live.Settings {
	bounds, _ := c.Logs.bounds() // checked when it was read
	s := live.Settings{Prometheus: c.Prometheus.gpu(), Progress: c.Progress.live(), Logs: bounds}
	for _, x := range c.Contexts {
		if ok, _ := path.Match(x.Match, context); !ok {
			continue
		}
		s.Protected, s.ReadOnly = x.Protected, x.ReadOnly
		if x.Prometheus != nil {
			s.Prometheus = x.Prometheus.gpu()
		}
		break
	}
	return s
}
