package e2e

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/api/resource"

	"paddock/e2e/cluster"
	"paddock/e2e/terminal"
)

// TestPaddockUsageIsWhatKubectlTopSays compares the CPU and memory of a worker
// on the screen with kubectl's. Both ask metrics-server, at different moments:
// a tenth of difference is the rate's own.
func TestPaddockUsageIsWhatKubectlTopSays(t *testing.T) {
	s := open(t, 160, 48, nil)
	s.shows("kubernetes live", "ocr-rec-v4")
	s.press("/rec-v4" + terminal.Enter)
	s.shows("1 of ")
	s.press(terminal.Enter)
	s.shows("4 workers")
	s.press(terminal.Enter)
	s.shows("› w0  ocr-rec-v4-0-", "Usage", "metrics.k8s.io")
	cpu := regexp.MustCompile(`CPU\s+([\d.]+) cores`)
	memory := regexp.MustCompile(`memory\s+([\d.]+) (MiB|GiB)`)
	pod := regexp.MustCompile(`ocr-rec-v4-0-\w+`)
	var last string
	s.until("the usage that kubectl top tells", func(screen string) bool {
		c, m, name := cpu.FindStringSubmatch(screen), memory.FindStringSubmatch(screen), pod.FindString(screen)
		if c == nil || m == nil || name == "" {
			last = "no usage on the screen"
			return false
		}
		out, err := kubectlAs(t.Context(), cluster.Admin, "top", "pod", "-n", "ocr", name, "--no-headers")
		fields := strings.Fields(out)
		if err != nil || len(fields) != 3 {
			last = fmt.Sprintf("kubectl top: %q, %v", out, err)
			return false
		}
		last = fmt.Sprintf("screen %s, %s %s; kubectl %s", c[1], m[1], m[2], out)
		return near(float(t, c[1]), bytesOf(t, fields[1])) && near(bytesOf(t, strings.TrimSuffix(m[1]+m[2], "B")), bytesOf(t, fields[2]))
	})
	t.Log(last)
}

// bytesOf reads a quantity as Kubernetes writes it.
func bytesOf(t *testing.T, text string) float64 {
	t.Helper()
	q, err := resource.ParseQuantity(text)
	if err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	return q.AsApproximateFloat64()
}

func float(t *testing.T, text string) float64 {
	t.Helper()
	v, err := strconv.ParseFloat(text, 64)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func near(a, b float64) bool { return math.Abs(a-b) <= 0.1*math.Max(a, b) }
