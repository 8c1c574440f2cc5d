package kube

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"

	gorilla "github.com/gorilla/websocket"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/client-go/util/exec"
	"k8s.io/streaming/pkg/httpstream"

	"paddock/act"
)

// standing checks that a pod is the life that is meant and has not ended, and
// that the container, if one is named, runs.
func (c *Client) standing(ctx context.Context, t act.Target, container string) error {
	o, err := c.readLife(ctx, t)
	switch {
	case apierrors.IsNotFound(err):
		return nothing{t.String() + " is gone", ""}
	case err != nil:
		return err
	case over(o):
		return nothing{t.String() + " has ended", ""}
	case container == "":
		return nil
	}
	for _, list := range []string{"containerStatuses", "initContainerStatuses"} {
		statuses, _ := dig(o, "status", list).([]any)
		for _, s := range statuses {
			if dig(s, "name") == container && dig(s, "state", "running") == nil {
				return nothing{fmt.Sprintf("container %s of %s does not run%s", clean(container), t, whyNot(s)), ""}
			}
		}
	}
	return nil
}

// over tells whether a pod has ended.
func over(pod map[string]any) bool {
	phase := dig(pod, "status", "phase")
	return phase == "Succeeded" || phase == "Failed"
}

// whyNot is the reason that a container's state has: " (ImagePullBackOff)".
func whyNot(status any) string {
	for _, state := range []string{"waiting", "terminated"} {
		if why := word(status, "state", state, "reason"); why != "" {
			return " (" + why + ")"
		}
	}
	return ""
}

// The words of container runtimes for a program that is not in the image.
var noProgram = regexp.MustCompile(`executable file not found|no such file or directory`)

// explainUpgrade puts what ended a terminal or a forwarded port into a
// sentence. The server's own words come as mere text from a connection that
// was to become SPDY.
func explainUpgrade(t act.Target, container, program string, err error) error {
	var refused *httpstream.UpgradeFailureError
	var ended exec.CodeExitError
	var closed *gorilla.CloseError
	switch {
	case err == nil, errors.As(err, &ended), errors.Is(err, context.Canceled):
		return err
	case errors.As(err, &refused):
		return explainUpgrade(t, container, program, refused.Cause)
	case errors.As(err, &closed):
		return nothing{"the connection to " + t.String() + " was lost", ""}
	}
	text := strings.TrimPrefix(err.Error(), "unable to upgrade connection: ")
	switch {
	case refusal.MatchString(text):
		what, hint := forbidden(err)
		return nothing{what, hint}
	case strings.Contains(text, "error dialing backend"):
		return nothing{"the kubelet of its node does not answer: " + clean(text), "is the node up?"}
	case program != "" && noProgram.MatchString(text):
		return nothing{"the image has no " + clean(program), debugHint(t, container)}
	case apierrors.IsNotFound(err):
		return nothing{t.String() + " is gone", ""}
	case answered(err) || text != err.Error():
		return nothing{"the server refuses it: " + clean(text), ""}
	}
	return err
}

// debugHint is the command that puts a shell beside a container that has none.
func debugHint(t act.Target, container string) string {
	s := "kubectl debug -it " + t.Ref.Name + " -n " + t.Ref.Namespace + " --image=busybox"
	if container != "" {
		s += " --target=" + clean(container)
	}
	return s
}
