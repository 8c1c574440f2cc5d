package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"sigs.k8s.io/yaml"

	"paddock/gpu"
	"paddock/live"
)

// config is the configuration file. Every part of it may be missing.
type config struct {
	// Prometheus holds for every context that has no settings of its own.
	Prometheus *prometheusConfig `json:"prometheus,omitempty"`
	// Contexts are tried in order; the first whose pattern matches holds.
	Contexts []contextConfig `json:"contexts,omitempty"`
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
	s := live.Settings{Prometheus: c.Prometheus.gpu()}
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
