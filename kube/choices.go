package kube

import (
	"context"
	"slices"
	"sync"

	"paddock/fleet"
	"paddock/submit"
)

// Choices are the names that a form completes a recipe's fields from; what may
// not be read, or is not installed, is empty. serviceAccount names the pull
// secrets; "" is the namespace's default one.
func (c *Client) Choices(ctx context.Context, namespace, serviceAccount string) submit.Choices {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	var out submit.Choices
	var asking sync.WaitGroup
	for _, list := range []struct {
		into                        *[]string
		kind, apiVersion, namespace string
	}{
		{&out.Claims, "PersistentVolumeClaim", "v1", namespace},
		{&out.ServiceAccounts, "ServiceAccount", "v1", namespace},
		{&out.PriorityClasses, "PriorityClass", "scheduling.k8s.io/v1", ""},
		{&out.Queues, "LocalQueue", kueueVersion, namespace},
	} {
		asking.Go(func() {
			names, _ := c.names(ctx, list.kind, list.apiVersion, list.namespace, "")
			*list.into = inOrder(names)
		})
	}
	asking.Go(func() { out.PullSecrets = inOrder(c.pullSecrets(ctx, namespace, serviceAccount)) })
	asking.Wait()
	return out
}

// pullSecrets are those that a service account names.
func (c *Client) pullSecrets(ctx context.Context, namespace, serviceAccount string) []string {
	if serviceAccount == "" {
		serviceAccount = "default"
	}
	o, err := c.read(ctx, fleet.Ref{Kind: "ServiceAccount", Namespace: namespace, Name: serviceAccount}, "v1")
	if err != nil {
		return nil
	}
	list, _ := dig(o, "imagePullSecrets").([]any)
	var out []string
	for _, s := range list {
		if name := word(s, "name"); name != "" {
			out = append(out, name)
		}
	}
	return out
}

// inOrder sorts names, each once.
func inOrder(names []string) []string {
	slices.Sort(names)
	return slices.Compact(names)
}
