// Package kube speaks with the API server: it connects as kubectl does, watches
// pods, jobs, nodes, namespaces, quotas and the jobs' events into fleet's slim
// types, publishes immutable Snapshots, and reads single objects when a screen
// opens them.
//
// The way of an event: a Reflector's watch (feed.go) -> a slim type (pods.go,
// nodes.go, ...) -> the store's groups by topmost owner (store.go, groups.go)
// -> one publisher (publish.go) -> Client.Snapshots, latest wins.
//
// The other way go changes (act.go), objects that are submitted (resolve.go,
// create.go), and what is typed into a worker or sent to its ports (exec.go,
// forward.go).
//
// No type of client-go crosses the package's border, except that the flags are
// bound to a pflag.FlagSet.
package kube
