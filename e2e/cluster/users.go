package cluster

import (
	"context"
	"fmt"
	"os"
	"strings"

	rbac "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/tools/clientcmd/api"
)

// The users of a cluster, each a context of the same name in the kubeconfig.
const (
	Admin  = "admin"    // may do everything
	Viewer = "viewer"   // reads the whole cluster, changes nothing
	TeamA  = "team-ocr" // one Role in the namespace ocr: no nodes, no list of namespaces
	Nobody = "nobody"   // no rights at all
)

// TeamNamespace is where TeamA may work; the workload fills it.
const TeamNamespace = "ocr"

func users() []string { return []string{Admin, Viewer, TeamA, Nobody} }

func token(user string) string { return "token-of-" + user }

// writeTokens writes the API server's static token file.
func writeTokens(path string) error {
	var b strings.Builder
	for _, user := range users() {
		group := "paddock:users"
		if user == Admin {
			group = "system:masters"
		}
		fmt.Fprintf(&b, "%s,%s,uid-%s,%q\n", token(user), user, user, group)
	}
	if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
		return fmt.Errorf("write the users' tokens: %w", err)
	}
	return nil
}

// writeKubeconfig writes one context a user; the current one is the administrator's.
func writeKubeconfig(path, server, ca string) error {
	authority, err := os.ReadFile(ca)
	if err != nil {
		return fmt.Errorf("read the authority: %w", err)
	}
	config := api.NewConfig()
	config.Clusters["paddock"] = &api.Cluster{Server: server, CertificateAuthorityData: authority}
	for _, user := range users() {
		config.AuthInfos[user] = &api.AuthInfo{Token: token(user)}
		config.Contexts[user] = &api.Context{Cluster: "paddock", AuthInfo: user}
	}
	config.Contexts[TeamA].Namespace = TeamNamespace
	config.CurrentContext = Admin
	if err := clientcmd.WriteToFile(*config, path); err != nil {
		return fmt.Errorf("write the kubeconfig: %w", err)
	}
	return nil
}

// grantRights makes the roles of the users. TeamA's namespace may come later:
// a Role needs it, so it is made here when it is missing.
func grantRights(ctx context.Context, client kubernetes.Interface) error {
	read := []string{"get", "list", "watch"}
	everything := []rbac.PolicyRule{
		{APIGroups: []string{""}, Resources: []string{
			"pods", "pods/log", "nodes", "namespaces", "resourcequotas", "events", "services", "endpoints",
			"persistentvolumeclaims", "configmaps", "limitranges",
		}, Verbs: read},
		{APIGroups: []string{"batch"}, Resources: []string{"jobs"}, Verbs: read},
		{APIGroups: []string{"kubeflow.org", "jobset.x-k8s.io"}, Resources: []string{"*"}, Verbs: read},
		{APIGroups: []string{"metrics.k8s.io"}, Resources: []string{"pods", "nodes"}, Verbs: read},
		{APIGroups: []string{""}, Resources: []string{"services/proxy"}, Verbs: []string{"get", "create"}},
	}
	team := []rbac.PolicyRule{
		{APIGroups: []string{""}, Resources: []string{"pods", "pods/log", "resourcequotas", "events", "services"}, Verbs: read},
		{APIGroups: []string{""}, Resources: []string{"pods"}, Verbs: []string{"delete"}},
		{APIGroups: []string{"batch"}, Resources: []string{"jobs"}, Verbs: append([]string{"create", "patch", "update", "delete"}, read...)},
		{APIGroups: []string{"metrics.k8s.io"}, Resources: []string{"pods"}, Verbs: read},
	}
	subject := func(user string) []rbac.Subject {
		return []rbac.Subject{{Kind: rbac.UserKind, APIGroup: rbac.GroupName, Name: user}}
	}
	name := func(n string) meta.ObjectMeta { return meta.ObjectMeta{Name: n} }
	if err := ensureNamespace(ctx, client, TeamNamespace); err != nil {
		return err
	}
	api := client.RbacV1()
	_, err1 := api.ClusterRoles().Create(ctx, &rbac.ClusterRole{ObjectMeta: name(Viewer), Rules: everything}, meta.CreateOptions{})
	_, err2 := api.ClusterRoleBindings().Create(ctx, &rbac.ClusterRoleBinding{
		ObjectMeta: name(Viewer), Subjects: subject(Viewer),
		RoleRef: rbac.RoleRef{APIGroup: rbac.GroupName, Kind: "ClusterRole", Name: Viewer},
	}, meta.CreateOptions{})
	_, err3 := api.Roles(TeamNamespace).Create(ctx, &rbac.Role{ObjectMeta: name(TeamA), Rules: team}, meta.CreateOptions{})
	_, err4 := api.RoleBindings(TeamNamespace).Create(ctx, &rbac.RoleBinding{
		ObjectMeta: name(TeamA), Subjects: subject(TeamA),
		RoleRef: rbac.RoleRef{APIGroup: rbac.GroupName, Kind: "Role", Name: TeamA},
	}, meta.CreateOptions{})
	for _, err := range []error{err1, err2, err3, err4} {
		if err != nil && !apierrors.IsAlreadyExists(err) {
			return fmt.Errorf("grant the users their rights: %w", err)
		}
	}
	return nil
}
