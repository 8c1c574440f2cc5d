package gpu

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"
)

// Config says which Prometheus to ask, and how. Thanos, Mimir and
// VictoriaMetrics speak the same API.
type Config struct {
	URL string // with its path prefix; "" finds one among the candidates

	// At most one way to log in. The files are read again for every request: tokens are rotated.
	BearerToken     string
	BearerTokenFile string
	Username        string
	PasswordFile    string

	CAFile          string // PEM; beside the system's certificates
	InsecureSkipTLS bool
	Headers         map[string]string // further headers, X-Scope-OrgID for a tenant of Mimir

	Matchers []string      // label matchers of every query: cluster="prod-a"
	Every    time.Duration // between refreshes; 0 finds out the pace of the scrape
}

// Candidate is a Prometheus that may be reachable, through the service proxy
// of the API server for one.
type Candidate struct {
	Name      string // "monitoring/prometheus-operated"
	URL       string
	Transport http.RoundTripper // logs in by itself; Config's credentials are not sent to candidates
}

// Validate tells what is wrong with the settings, in one sentence.
func (c Config) Validate() error {
	if _, err := c.matchers(); err != nil {
		return err
	}
	if c.Every < 0 {
		return fmt.Errorf("refresh interval %s: must not be negative", c.Every)
	}
	if err := c.validateLogin(); err != nil {
		return err
	}
	for name := range c.Headers {
		if name == "" || strings.ContainsAny(name, " \t\r\n:") {
			return fmt.Errorf("header %q: not a header name", name)
		}
	}
	for _, file := range []string{c.BearerTokenFile, c.PasswordFile, c.CAFile} {
		if file == "" {
			continue
		}
		if _, err := os.ReadFile(file); err != nil {
			return fmt.Errorf("prometheus settings: %w", err)
		}
	}
	if c.URL == "" {
		return nil
	}
	return validateURL(c.URL)
}

func (c Config) validateLogin() error {
	switch {
	case c.BearerToken != "" && c.BearerTokenFile != "":
		return errors.New("prometheus settings: give the bearer token or its file, not both")
	case (c.BearerToken != "" || c.BearerTokenFile != "") && c.Username != "":
		return errors.New("prometheus settings: give a bearer token or a user name, not both")
	case c.Username == "" && c.PasswordFile != "":
		return errors.New("prometheus settings: a password file needs a user name")
	}
	return nil
}

func validateURL(text string) error {
	u, err := url.Parse(text)
	switch {
	case err != nil:
		return fmt.Errorf("prometheus URL %q: %w", text, errors.Unwrap(err))
	case u.Scheme != "http" && u.Scheme != "https":
		return fmt.Errorf("prometheus URL %q: must begin with http:// or https://", text)
	case u.Host == "":
		return fmt.Errorf("prometheus URL %q: has no host", text)
	case u.RawQuery != "" || u.Fragment != "":
		return fmt.Errorf("prometheus URL %q: give the address and path prefix only, without ? and #", text)
	case u.User != nil:
		return fmt.Errorf("prometheus URL of %s: give the user name and a password file in the settings, not in the URL", u.Host)
	}
	return nil
}

// matchers are the checked matchers.
func (c Config) matchers() ([]string, error) {
	var checked []string
	for _, text := range c.Matchers {
		m, err := parseMatcher(text)
		if err != nil {
			return nil, err
		}
		checked = append(checked, m)
	}
	return checked, nil
}
