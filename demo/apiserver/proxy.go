package apiserver

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"

	core "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/errors"
)

// proxy serves services/proxy: the handler behind a port of a Service answers
// as if it were asked itself. The name in the path may be "scheme:name:port".
func (c *call) proxy() error {
	name, port := c.name, ""
	if parts := strings.Split(c.name, ":"); len(parts) == 2 {
		name, port = parts[0], parts[1]
	} else if len(parts) == 3 {
		name, port = parts[1], parts[2]
	}
	o, ok := c.store.Get(c.keyOf(name))
	if !ok {
		return errors.NewNotFound(c.groupResource(), name)
	}
	for _, p := range o.(*core.Service).Spec.Ports {
		number := strconv.Itoa(int(p.Port))
		if port != "" && port != p.Name && port != number {
			continue
		}
		for _, known := range []string{p.Name, number} {
			if behind, ok := c.options.Proxies[c.namespace+"/"+name+":"+known]; ok {
				behind.ServeHTTP(c.w, c.behind())
				return nil
			}
		}
	}
	return errors.NewServiceUnavailable(fmt.Sprintf("no endpoints available for service %q", name))
}

// behind is the request as the service sees it: without the path before, and
// without the user's token.
func (c *call) behind() *http.Request {
	r := c.Request.Clone(c.Context())
	r.Header.Del("Authorization")
	r.URL.Path, r.URL.RawPath = "/"+c.subpath, ""
	r.RequestURI = r.URL.RequestURI()
	return r
}

// refuseStream answers exec, attach and portforward: no program really runs in
// the containers of this cluster.
func (c *call) refuseStream() error {
	o, err := c.object()
	if err != nil {
		return err
	}
	if o.(*core.Pod).Spec.NodeName == "" {
		return errors.NewBadRequest(fmt.Sprintf("pod %s does not have a host assigned", c.name))
	}
	return errors.NewBadRequest("the embedded cluster's containers run no programs: use make cluster to try a shell or a forwarded port")
}
