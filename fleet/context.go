package fleet

// ContextInfo is a context that one can switch to.
type ContextInfo struct {
	Name      string
	Cluster   string
	User      string
	Namespace string // the context's default namespace
	Current   bool
	Protected bool
	ReadOnly  bool
}

// Interest is what is on screen: only for this is metrics.k8s.io asked.
type Interest struct {
	Pods  []Ref
	Nodes []string
	Jobs  []string // by UID: how far they are is read in their logs
}
