package apiserver

import (
	"encoding/json"
	"net/http"
	"runtime"
	"strings"

	"k8s.io/apimachinery/pkg/version"
)

// page answers what is no resource: health, version, discovery, OpenAPI.
func (c *call) page() error {
	path := strings.TrimSuffix(c.URL.Path, "/")
	if c.Method != http.MethodGet && c.Method != http.MethodHead {
		return c.wrongMethod()
	}
	switch {
	case path == "/readyz", path == "/livez", path == "/healthz":
		c.send(http.StatusOK, "text/plain; charset=utf-8", []byte("ok"))
		return nil
	case path == "/version":
		return c.json(Version())
	case path == "":
		return c.json(map[string][]string{"paths": {"/api", "/apis", "/healthz", "/livez", "/openapi/v2", "/openapi/v3", "/readyz", "/version"}})
	case path == "/api", path == "/apis", strings.HasPrefix(path, "/api/"), strings.HasPrefix(path, "/apis/"):
		return c.discovery(path)
	case path == "/openapi/v2":
		return c.openAPIv2()
	case path == "/openapi/v3", strings.HasPrefix(path, "/openapi/v3/"):
		return c.openAPIv3(strings.TrimPrefix(strings.TrimPrefix(path, "/openapi/v3"), "/"))
	}
	return c.noSuchPage()
}

// Version is the Kubernetes version whose API is spoken: that of the linked
// k8s.io/api.
func Version() *version.Info {
	return &version.Info{
		Major: "1", Minor: "37", GitVersion: "v1.37.2", GitTreeState: "clean", BuildDate: "1970-01-01T00:00:00Z",
		GoVersion: runtime.Version(), Compiler: runtime.Compiler, Platform: runtime.GOOS + "/" + runtime.GOARCH,
	}
}

func (c *call) json(v any) error {
	body, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	c.send(http.StatusOK, "application/json", body)
	return nil
}
