package cluster

import (
	"fmt"
	"os"
	"text/template"
)

// Two jobs scrape the exporters, alike but for honor_labels: a node's exporter
// is listed under one of them, so that both can be had in one cluster. The
// label job is the same for both, as on a real cluster.
const prometheusConfig = `global:
  scrape_interval: {{.Interval}}
  scrape_timeout: {{.Interval}}
  external_labels: {cluster: paddock-e2e}
scrape_configs:
{{- range $honor := .Honor}}
- job_name: nvidia-dcgm-exporter-honor-{{$honor}}
  honor_labels: {{$honor}}
  http_sd_configs:
  - url: {{$.Exporter}}/targets?honor={{$honor}}
    refresh_interval: 5s
{{- end}}
`

func (l *layout) writePrometheusConfig() error {
	file, err := os.Create(l.path("prometheus.yml"))
	if err != nil {
		return fmt.Errorf("write Prometheus's configuration: %w", err)
	}
	defer file.Close()
	err = template.Must(template.New("prometheus").Parse(prometheusConfig)).Execute(file, map[string]any{
		"Interval": l.options.ScrapeInterval,
		"Exporter": "http://" + local(l.exporter),
		"Honor":    []bool{false, true},
	})
	if err != nil {
		return fmt.Errorf("write Prometheus's configuration: %w", err)
	}
	return nil
}

func (l *layout) prometheusArgs() []string {
	return []string{
		"--config.file=" + l.path("prometheus.yml"),
		"--storage.tsdb.path=" + l.path("prometheus"),
		"--storage.tsdb.retention.time=6h",
		"--web.listen-address=" + local(l.prometheus),
		"--log.level=warn",
	}
}
