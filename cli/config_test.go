package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func write(t *testing.T, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "config.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestConfigSettingsPerContext(t *testing.T) {
	c, err := loadConfig(write(t, `
prometheus: {url: "https://all.example/prom"}
contexts:
- match: prod-a
  protected: true
  prometheus:
    url: https://mimir.example/prometheus
    headers: {X-Scope-OrgID: team-a}
    matchers: ['cluster="prod-a"']
- match: prod-*
  readOnly: true
`), true)
	if err != nil {
		t.Fatal(err)
	}
	a := c.settings("prod-a")
	if !a.Protected || a.ReadOnly || a.Prometheus.URL != "https://mimir.example/prometheus" || a.Prometheus.Headers["X-Scope-OrgID"] != "team-a" {
		t.Errorf("prod-a: %+v", a)
	}
	if b := c.settings("prod-b"); b.Protected || !b.ReadOnly || b.Prometheus.URL != "https://all.example/prom" {
		t.Errorf("prod-b: %+v", b)
	}
	if d := c.settings("dev"); d.Protected || d.ReadOnly || d.Prometheus.URL != "https://all.example/prom" {
		t.Errorf("dev: %+v", d)
	}
}

func TestConfigOfLogsAndProgress(t *testing.T) {
	c, err := loadConfig(write(t, `
progress: {patterns: [{name: ours, regexp: 'it (?P<step>\d+)'}]}
logs: {memory: 8Mi, file: "0", link: "https://grafana.example/explore?pod={pod}"}
`), true)
	if err != nil {
		t.Fatal(err)
	}
	s := c.settings("any")
	if s.Progress.Off || len(s.Progress.Patterns) != 1 || s.Logs.Memory != 8<<20 || s.Logs.File != 0 || !strings.Contains(s.Logs.Link, "{pod}") {
		t.Errorf("%+v %+v", s.Progress, s.Logs)
	}
	if d := (&config{}).settings("any"); d.Progress.Off || d.Logs.Memory != 64<<20 || d.Logs.File != 1<<30 {
		t.Errorf("without a file: %+v", d.Logs)
	}
}

func TestConfigPathsMayBeInTheHomeDirectory(t *testing.T) {
	t.Setenv("HOME", "/home/ann")
	c := config{Prometheus: &prometheusConfig{BearerTokenFile: "~/token", CAFile: "/etc/ca.pem"}}
	if p := c.settings("any").Prometheus; p.BearerTokenFile != "/home/ann/token" || p.CAFile != "/etc/ca.pem" {
		t.Errorf("%+v", p)
	}
}

func TestConfigMistakesAreNamed(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"unknown key", "prometeus: {}", `unknown field "prometeus"`},
		{"unknown key inside", "contexts: [{match: a, protect: true}]", `unknown field "protect"`},
		{"not YAML", "contexts: [", "line 1"},
		{"wrong type", "contexts: 3", "contexts"},
		{"a pattern that is none", "progress: {patterns: [{name: a, regexp: '('}]}", `progress pattern "a": missing closing )`},
		{"a pattern without a group", "progress: {patterns: [{name: a, regexp: x}]}", "has no named group"},
		{"a size that is none", "logs: {memory: much}", `logs: memory: "much" is no size`},
		{"too little memory", "logs: {memory: 1Ki}", "1Mi at least"},
		{"a link that is none", "logs: {link: grafana}", "no http(s) URL"},
		{"no match", "contexts: [{protected: true}]", "contexts[0] has no match"},
		{"bad pattern", `contexts: [{match: "a["}]`, "is not a pattern"},
		{"bad matcher", `prometheus: {matchers: ["cluster=prod"]}`, "prometheus"},
		{"bad URL", `prometheus: {url: "prom:9090"}`, "prometheus"},
	} {
		t.Run(c.name, func(t *testing.T) {
			file := write(t, c.text)
			_, err := loadConfig(file, true)
			if err == nil {
				t.Fatal("accepted")
			}
			if !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), file) {
				t.Errorf("%q does not name the file and %q", err, c.want)
			}
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("more than one line: %q", err)
			}
		})
	}
}

func TestConfigMayBeMissingUnlessAskedFor(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "none.yaml")
	if _, err := loadConfig(missing, false); err != nil {
		t.Errorf("the default file: %v", err)
	}
	if _, err := loadConfig(missing, true); err == nil || !strings.Contains(err.Error(), missing) {
		t.Errorf("--config: %v", err)
	}
}

func TestStateDirectory(t *testing.T) {
	t.Setenv("HOME", "/home/ann")
	for given, want := range map[string]string{
		"":             "/home/ann/.local/state/paddock",
		"/var/state":   "/var/state/paddock",
		"state/of/ann": "/home/ann/.local/state/paddock", // a relative one is to be ignored
	} {
		a := &app{env: func(string) string { return given }}
		if got := a.stateDir(); got != want {
			t.Errorf("%q: %s, want %s", given, got, want)
		}
	}
}
