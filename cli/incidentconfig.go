package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/api/resource"

	"paddock/incident"
)

// incidentsConfig says how much is kept of workers that failed: "off", or
// {size: 64Mi, days: 30}.
type incidentsConfig struct{ incident.Bounds }

// mostDays bounds days: ten years.
const mostDays = 3650

// UnmarshalJSON reads either form. YAML makes false of a bare off.
func (c *incidentsConfig) UnmarshalJSON(data []byte) error {
	switch text := strings.ToLower(strings.Trim(string(data), `"`)); {
	case text == "off" || text == "false":
		c.Off = true
		return nil
	case text == "on" || text == "true":
		return nil
	case !bytes.HasPrefix(data, []byte("{")):
		return fmt.Errorf("incidents: %s is neither off nor {size: 64Mi, days: 30}", data)
	}
	var form struct {
		Size json.RawMessage `json:"size"`
		Days json.RawMessage `json:"days"`
	}
	in := json.NewDecoder(bytes.NewReader(data))
	in.DisallowUnknownFields()
	if err := in.Decode(&form); err != nil {
		return fmt.Errorf("incidents: %s", plainYAML(err))
	}
	if form.Size != nil {
		size, err := parseSize(strings.Trim(string(form.Size), `"`))
		if err != nil {
			return fmt.Errorf("incidents: %w", err)
		}
		c.Size = size
	}
	if form.Days != nil {
		days, err := strconv.Atoi(strings.Trim(string(form.Days), `"`))
		if err != nil || days < 1 || days > mostDays {
			return fmt.Errorf("incidents: days %s is no number of days from 1 to %d; off keeps nothing", form.Days, mostDays)
		}
		c.Age = time.Duration(days) * 24 * time.Hour
	}
	return nil
}

// parseSize reads a number of bytes, as Kubernetes writes them: 64Mi.
func parseSize(s string) (int64, error) {
	q, err := resource.ParseQuantity(s)
	switch {
	case err != nil || q.Sign() < 0:
		return 0, fmt.Errorf("size %s is none: write it like 64Mi or 1Gi", s)
	case q.CmpInt64(incident.LeastSize) < 0:
		return 0, fmt.Errorf("size %s is too small: %dMi is the least, and off keeps nothing", s, incident.LeastSize>>20)
	}
	return q.Value(), nil
}

// incidents are the bounds of what is kept.
func (c *config) incidents() incident.Bounds {
	if c.Incidents == nil {
		return incident.Bounds{}
	}
	return c.Incidents.Bounds
}
