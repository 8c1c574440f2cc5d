package apiserver

import (
	stderrors "errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/api/errors"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// errPage is answered with the router's plain page, as is every path outside
// the API.
var errPage = stderrors.New("404 page not found")

// noSuchPage is the answer to a path that names nothing: within the API it is
// a Status without details.
func (c *call) noSuchPage() error {
	if c.resource == "" {
		return errPage
	}
	return errors.NewGenericServerResponse(http.StatusNotFound, "", schema.GroupResource{}, "", "", 0, false)
}

func (c *call) wrongMethod() error {
	return errors.NewGenericServerResponse(http.StatusMethodNotAllowed, "", schema.GroupResource{}, "", "", 0, false)
}

// fail answers an error. What is not an API error is the server's own fault.
func (c *call) fail(err error) {
	if err == errPage {
		http.Error(c.w, err.Error(), http.StatusNotFound)
		return
	}
	status := statusOf(err)
	if status.Details != nil && status.Details.RetryAfterSeconds > 0 {
		c.w.Header().Set("Retry-After", strconv.Itoa(int(status.Details.RetryAfterSeconds)))
	}
	c.respond(int(status.Code), &status)
}

func statusOf(err error) meta.Status {
	var api errors.APIStatus
	if !stderrors.As(err, &api) {
		api = errors.NewInternalError(err)
	}
	status := api.Status()
	if status.Code == 0 {
		status.Code = http.StatusInternalServerError
	}
	return status
}

// tooNew is the answer to a resource version that is not there yet; see
// NewTooLargeResourceVersionError in k8s.io/apiserver/pkg/storage.
func tooNew(asked, current uint64) error {
	err := errors.NewTimeoutError(fmt.Sprintf("Too large resource version: %d, current: %d", asked, current), 1)
	err.ErrStatus.Details.Causes = []meta.StatusCause{{Type: meta.CauseTypeResourceVersionTooLarge, Message: "Too large resource version"}}
	return err
}

// notAcceptable and unsupported are what the real server's router and
// negotiation say.
func notAcceptable(accepted string) error {
	return statusError(http.StatusNotAcceptable, meta.StatusReasonNotAcceptable, "406: Not Acceptable\n\nAvailable representations: "+accepted)
}

func unsupported(accepted string) error {
	return statusError(http.StatusUnsupportedMediaType, meta.StatusReasonUnsupportedMediaType,
		"the body of the request was in an unknown format - accepted media types include: "+accepted)
}

func statusError(code int32, reason meta.StatusReason, message string) error {
	status := meta.Status{Status: meta.StatusFailure, Code: code, Reason: reason, Message: message}
	if strings.HasPrefix(message, strconv.Itoa(int(code))) { // the router's own answers
		status.Details = &meta.StatusDetails{}
	}
	return &errors.StatusError{ErrStatus: status}
}

// warn adds a warning that kubectl prints; see
// k8s.io/apimachinery/pkg/util/net.NewWarningHeader.
func (c *call) warn(text string) {
	c.w.Header().Add("Warning", fmt.Sprintf("299 - %q", text))
}

// unprocessable is the answer to a JSON patch that does not apply.
func unprocessable(why error) error {
	return errors.NewGenericServerResponse(http.StatusUnprocessableEntity, "", schema.GroupResource{}, "", why.Error(), 0, false)
}

func seconds(n int64) time.Duration { return time.Duration(n) * time.Second }
