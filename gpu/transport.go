package gpu

import (
	"compress/gzip"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync/atomic"
	"time"
)

// maxBody bounds an answer after decompression: the history of 100,000 devices
// is about 50 MB. More than that is a mistake, or a trap.
const maxBody = 64 << 20

// meter is the transport of all questions: it counts what they cost on the
// wire, asks for compression and bounds what comes back.
type meter struct {
	next     http.RoundTripper
	requests *atomic.Int64
	bytes    *atomic.Int64
	limit    int64
}

// RoundTrip implements http.RoundTripper.
func (m *meter) RoundTrip(req *http.Request) (*http.Response, error) {
	m.requests.Add(1)
	req = req.Clone(req.Context())
	// Said explicitly, so that net/http leaves the body compressed and it can be counted.
	req.Header.Set("Accept-Encoding", "gzip")
	resp, err := m.next.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	wire := &counted{ReadCloser: resp.Body, bytes: m.bytes}
	resp.Body = &bounded{Reader: wire, closer: wire, left: m.limit}
	if resp.Header.Get("Content-Encoding") == "gzip" {
		resp.Body = &bounded{Reader: &lazyGzip{wire: wire}, closer: wire, left: m.limit}
		resp.Header.Del("Content-Encoding")
		resp.Header.Del("Content-Length")
		resp.ContentLength = -1
	}
	return resp, nil
}

type counted struct {
	io.ReadCloser
	bytes *atomic.Int64
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.ReadCloser.Read(p)
	c.bytes.Add(int64(n))
	return n, err
}

// lazyGzip reads the gzip header with the first Read, not in RoundTrip.
type lazyGzip struct {
	wire io.Reader
	zip  *gzip.Reader
}

func (z *lazyGzip) Read(p []byte) (int, error) {
	if z.zip == nil {
		zip, err := gzip.NewReader(z.wire)
		if err != nil {
			return 0, fmt.Errorf("decompress the answer: %w", err)
		}
		z.zip = zip
	}
	return z.zip.Read(p)
}

type bounded struct {
	io.Reader
	closer io.Closer
	left   int64
}

func (b *bounded) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, errTooBig
	}
	if int64(len(p)) > b.left {
		p = p[:b.left]
	}
	n, err := b.Reader.Read(p)
	b.left -= int64(n)
	return n, err
}

func (b *bounded) Close() error { return b.closer.Close() }

// login adds the credentials, to the configured host only: a redirect to
// another one must not get them.
type login struct {
	next http.RoundTripper
	cfg  Config
	base *url.URL
}

// RoundTrip implements http.RoundTripper.
func (l *login) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.URL.Host != l.base.Host || req.URL.Scheme != l.base.Scheme {
		return l.next.RoundTrip(req)
	}
	req = req.Clone(req.Context())
	for name, value := range l.cfg.Headers {
		req.Header.Set(name, value)
	}
	token, err := secret(l.cfg.BearerToken, l.cfg.BearerTokenFile)
	if err != nil {
		return nil, err
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	if l.cfg.Username != "" {
		password, err := secret("", l.cfg.PasswordFile)
		if err != nil {
			return nil, err
		}
		req.SetBasicAuth(l.cfg.Username, password)
	}
	return l.next.RoundTrip(req)
}

func secret(literal, file string) (string, error) {
	if file == "" {
		return literal, nil
	}
	text, err := os.ReadFile(file)
	return strings.TrimSpace(string(text)), err
}

// transport of the configured URL.
func (c Config) transport() (http.RoundTripper, error) {
	base, err := url.Parse(c.URL)
	if err != nil {
		return nil, err
	}
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.TLSHandshakeTimeout = 5 * time.Second
	t.TLSClientConfig = &tls.Config{InsecureSkipVerify: c.InsecureSkipTLS} // the user's own choice
	if c.CAFile != "" {
		pem, err := os.ReadFile(c.CAFile)
		if err != nil {
			return nil, fmt.Errorf("prometheus settings: %w", err)
		}
		pool, err := x509.SystemCertPool()
		if err != nil {
			pool = x509.NewCertPool()
		}
		if !pool.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("prometheus settings: no certificate in CA file %s", c.CAFile)
		}
		t.TLSClientConfig.RootCAs = pool
	}
	return &login{next: t, cfg: c, base: base}, nil
}
