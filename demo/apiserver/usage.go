package apiserver

import (
	"net/http"

	"k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/labels"
	metrics "k8s.io/metrics/pkg/apis/metrics/v1beta1"
)

// nodeUsage serves nodes of metrics.k8s.io.
func (c *call) nodeUsage() error {
	all, _ := c.options.Usage()
	o, err := c.listOptions()
	if err != nil {
		return err
	}
	list := &metrics.NodeMetricsList{Items: []metrics.NodeMetrics{}}
	for i := range all {
		if c.verb == "get" && all[i].Name == c.name {
			c.respond(http.StatusOK, &all[i])
			return nil
		}
		if o.selector.labels.Matches(labels.Set(all[i].Labels)) {
			list.Items = append(list.Items, all[i])
		}
	}
	if c.verb == "get" {
		return errors.NewNotFound(c.groupResource(), c.name)
	}
	c.respond(http.StatusOK, list)
	return nil
}

// podUsage serves pods of metrics.k8s.io.
func (c *call) podUsage() error {
	_, all := c.options.Usage()
	o, err := c.listOptions()
	if err != nil {
		return err
	}
	list := &metrics.PodMetricsList{Items: []metrics.PodMetrics{}}
	for i := range all {
		if c.namespace != "" && all[i].Namespace != c.namespace {
			continue
		}
		if c.verb == "get" && all[i].Name == c.name {
			c.respond(http.StatusOK, &all[i])
			return nil
		}
		if o.selector.labels.Matches(labels.Set(all[i].Labels)) {
			list.Items = append(list.Items, all[i])
		}
	}
	if c.verb == "get" {
		return errors.NewNotFound(c.groupResource(), c.namespace+"/"+c.name)
	}
	c.respond(http.StatusOK, list)
	return nil
}
