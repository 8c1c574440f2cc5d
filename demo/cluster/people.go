package cluster

import (
	"crypto/rand"
	"crypto/tls"
	"fmt"
	"time"

	rbac "k8s.io/api/rbac/v1"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/tools/clientcmd/api"

	"paddock/demo/apiserver"
)

// Context is the kubeconfig's current context.
const Context = "demo"

// person is somebody with a context of the kubeconfig.
type person struct {
	context string
	user    apiserver.User
	token   string
}

// people may do more and less, so that both can be tried: an administrator,
// somebody who only looks, and a team that sees nothing but its namespace.
func people() []person {
	one := func(context, name string, groups ...string) person {
		return person{context, apiserver.User{Name: name, UID: name, Groups: groups}, rand.Text()}
	}
	return []person{
		one(Context, "demo-admin", "system:masters"),
		one(Context+"-viewer", "demo-viewer", "viewers"),
		one(Context+"-ocr", "demo-ocr", "team-ocr"),
	}
}

// grants are the rights beyond those that everybody and administrators have.
func grants() []apiserver.Grant {
	rule := func(verbs, groups, resources []string) rbac.PolicyRule {
		return rbac.PolicyRule{Verbs: verbs, APIGroups: groups, Resources: resources}
	}
	all, look := []string{"*"}, []string{"get", "list", "watch"}
	seen := rule(look, []string{"", "batch", "policy", "scheduling.k8s.io", "metrics.k8s.io"}, []string{
		"pods", "pods/log", "nodes", "namespaces", "services", "events", "resourcequotas", "persistentvolumeclaims", "configmaps",
		"serviceaccounts", "jobs", "poddisruptionbudgets", "priorityclasses"})
	proxy := rule([]string{"get", "create"}, []string{""}, []string{"services/proxy"})
	return []apiserver.Grant{
		{Groups: []string{"viewers"}, Rules: []rbac.PolicyRule{seen, proxy}},
		{Groups: []string{"team-ocr"}, Namespaces: []string{"ocr"}, Rules: []rbac.PolicyRule{rule(all, all, all)}},
	}
}

func tokens(people []person) map[string]apiserver.User {
	users := map[string]apiserver.User{}
	for _, p := range people {
		users[p.token] = p.user
	}
	return users
}

// certificate is the API server's, and what its clients trust.
type certificate struct {
	tls       *tls.Certificate
	authority []byte // PEM
}

func newCertificate(now time.Time) (certificate, error) {
	own, authority, err := apiserver.NewCertificate(now)
	return certificate{own, authority}, err
}

// writeKubeconfig writes how to connect, for nobody else to read.
func (c *Cluster) writeKubeconfig(people []person) error {
	config := api.NewConfig()
	config.Clusters["paddock-demo"] = &api.Cluster{Server: "https://" + c.api.Addr().String(), CertificateAuthorityData: c.certificate.authority}
	for _, p := range people {
		config.AuthInfos[p.user.Name] = &api.AuthInfo{Token: p.token}
		config.Contexts[p.context] = &api.Context{Cluster: "paddock-demo", AuthInfo: p.user.Name}
	}
	config.Contexts[Context+"-ocr"].Namespace = "ocr"
	config.CurrentContext = Context
	if err := clientcmd.WriteToFile(*config, c.Kubeconfig); err != nil { // 0600
		return fmt.Errorf("write the kubeconfig: %w", err)
	}
	return nil
}
