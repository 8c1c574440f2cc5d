package kube

import (
	"context"
	"fmt"
	"net"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"

	"paddock/fleet"
)

// Flags are kubectl's connection flags. The zero value is ready for Bind; used
// without Bind it follows $KUBECONFIG, ~/.kube/config, then the pod that
// paddock runs in, as kubectl does.
type Flags struct {
	// Dial opens the connections to API servers; nil is the network.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)

	kubeconfig string
	overrides  clientcmd.ConfigOverrides
}

// Bind adds kubectl's connection flags to a flag set: --kubeconfig, --context,
// --cluster, --user, --server, --token, --as, --request-timeout and the rest.
// --namespace is left out: paddock takes a list of them, see Target.
func (f *Flags) Bind(fs *pflag.FlagSet) {
	fs.StringVar(&f.kubeconfig, "kubeconfig", "", "Path to the kubeconfig file to use for CLI requests.")
	names := clientcmd.RecommendedConfigOverrideFlags("")
	names.ContextOverrideFlags.Namespace = clientcmd.FlagInfo{} // an empty name binds nothing
	clientcmd.BindOverrideFlags(&f.overrides, fs, names)
}

// Target says what to look at.
type Target struct {
	Context    string   // "" is the flag's, else the kubeconfig's current context
	Namespaces []string // nil is all of them if that is allowed, else those that are
}

// Contexts lists the contexts of the kubeconfig, by name. Inside a pod without
// a kubeconfig there are none.
func (f *Flags) Contexts() ([]fleet.ContextInfo, error) {
	raw, err := f.load("").RawConfig()
	if err != nil {
		return nil, configError(err)
	}
	current := raw.CurrentContext
	if f.overrides.CurrentContext != "" {
		current = f.overrides.CurrentContext
	}
	list := make([]fleet.ContextInfo, 0, len(raw.Contexts))
	for name, c := range raw.Contexts {
		list = append(list, fleet.ContextInfo{
			Name: name, Cluster: c.Cluster, User: c.AuthInfo, Namespace: c.Namespace,
			Current: name == current,
		})
	}
	slices.SortFunc(list, func(a, b fleet.ContextInfo) int { return strings.Compare(a.Name, b.Name) })
	return list, nil
}

// load is the kubeconfig with the flags over it; a context given wins over the flag's.
func (f *Flags) load(context string) clientcmd.ClientConfig {
	rules := clientcmd.NewDefaultClientConfigLoadingRules()
	rules.ExplicitPath = f.kubeconfig
	rules.WarnIfAllMissing = false
	overrides := f.overrides
	if context != "" {
		overrides.CurrentContext = context
	}
	return clientcmd.NewNonInteractiveDeferredLoadingClientConfig(rules, &overrides)
}

// identity is who is asked, and as whom, in the words of the kubeconfig.
type identity struct {
	context, user, namespace string
}

// resolve makes the connection's settings, and checks them as far as that goes
// without the network.
func (f *Flags) resolve(t Target) (*rest.Config, identity, error) {
	loader := f.load(t.Context)
	raw, err := loader.RawConfig()
	if err != nil {
		return nil, identity{}, configError(err)
	}
	name := t.Context
	if name == "" {
		name = f.overrides.CurrentContext
	}
	if name == "" {
		name = raw.CurrentContext
	}
	if _, ok := raw.Contexts[name]; name != "" && !ok {
		return nil, identity{}, unknownContext(name, f)
	}
	cfg, err := loader.ClientConfig()
	if err != nil {
		return nil, identity{}, configError(err)
	}
	if f.Dial != nil {
		cfg.Dial = f.Dial
	}
	id := identity{context: name, namespace: "default"}
	if ns, _, err := loader.Namespace(); err == nil && ns != "" {
		id.namespace = ns
	}
	if c := raw.Contexts[name]; c != nil {
		id.user = c.AuthInfo
	} else if name == "" && f.overrides.ClusterInfo.Server == "" {
		id.context = "in-cluster"
	}
	if f.overrides.Context.AuthInfo != "" {
		id.user = f.overrides.Context.AuthInfo
	}
	if cfg.Impersonate.UserName != "" {
		id.user = cfg.Impersonate.UserName
	}
	return cfg, id, nil
}

// unknownContext names the contexts that there are.
func unknownContext(name string, f *Flags) error {
	list, err := f.Contexts()
	if err != nil {
		return err
	}
	if len(list) == 0 {
		return &ConfigError{
			What: fmt.Sprintf("there is no context %q: no kubeconfig was found", name),
			Hint: "give --kubeconfig FILE, or set KUBECONFIG",
		}
	}
	names := make([]string, len(list))
	for i, c := range list {
		names[i] = c.Name
	}
	const shown = 12
	if len(names) > shown {
		names = append(names[:shown], fmt.Sprintf("and %d more", len(list)-shown))
	}
	return &ConfigError{
		What: fmt.Sprintf("there is no context %q in the kubeconfig", name),
		Hint: "there are: " + strings.Join(names, ", "),
	}
}

// ConfigError is a fault of the kubeconfig or the flags, before anything was sent.
type ConfigError struct {
	What string // one sentence
	Hint string // what to do
	Err  error  // the cause; nil when there is none
}

// Error is the sentence alone.
func (e *ConfigError) Error() string { return e.What }

// Unwrap is the cause.
func (e *ConfigError) Unwrap() error { return e.Err }

// configError puts clientcmd's errors into a sentence.
func configError(err error) error {
	if clientcmd.IsEmptyConfig(err) {
		return &ConfigError{
			What: "no cluster is configured: there is no kubeconfig, and this is not a pod",
			Hint: "give --kubeconfig FILE, or set KUBECONFIG",
			Err:  err,
		}
	}
	text := fleet.Clean(strings.TrimPrefix(err.Error(), "invalid configuration: "), messageLimit)
	return &ConfigError{
		What: "the kubeconfig can't be used: " + text,
		Hint: "check it with `kubectl config view`",
		Err:  err,
	}
}

// requestTimeout bounds a single question when --request-timeout does not.
const requestTimeout = 20 * time.Second
