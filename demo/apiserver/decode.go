package apiserver

import (
	"cmp"
	"fmt"
	"io"
	"mime"
	"net/http"

	"k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// maxBody is kube-apiserver's own limit of a request's body.
const maxBody = 3 * 1024 * 1024

func (c *call) body() ([]byte, error) {
	body, err := io.ReadAll(http.MaxBytesReader(c.w, c.Request.Body, maxBody))
	if err != nil {
		return nil, errors.NewRequestEntityTooLargeError(fmt.Sprintf("limit is %d", maxBody))
	}
	return body, nil
}

// decode reads the request's body as an object of the kind that belongs to
// gvk; what the client misspelt is an error or a warning, as it asked for.
func (c *call) decode(gvk schema.GroupVersionKind) (runtime.Object, error) {
	body, err := c.body()
	if err != nil {
		return nil, err
	}
	info, err := c.contentType()
	if err != nil {
		return nil, err
	}
	return c.decodeAs(body, gvk, info)
}

func (c *call) decodeAs(body []byte, gvk schema.GroupVersionKind, info runtime.SerializerInfo) (runtime.Object, error) {
	into, err := c.scheme.New(gvk)
	if err != nil {
		return nil, err
	}
	directive := c.fieldValidation()
	decoder := info.Serializer
	if directive != metav1.FieldValidationIgnore {
		decoder = info.StrictSerializer
	}
	o, got, err := decoder.Decode(body, &gvk, into)
	if strict, ok := runtime.AsStrictDecodingError(err); ok && o != nil && directive == metav1.FieldValidationWarn {
		c.warnAll(strict.Errors())
		err = nil
	}
	if err != nil {
		return nil, unreadable(err, gvk, got, body)
	}
	if *got != gvk {
		if got.GroupVersion() != gvk.GroupVersion() {
			return nil, errors.NewBadRequest(fmt.Sprintf("the API version in the data (%s) does not match the expected API version (%s)", got.GroupVersion(), gvk.GroupVersion()))
		}
		return nil, errors.NewBadRequest(fmt.Sprintf("%s in version %q cannot be handled as a %s: converting (%s.%s) to (%s.%s): unknown conversion",
			got.Kind, got.Version, gvk.Kind, got.Version, got.Kind, cmp.Or(gvk.Group, "core"), gvk.Kind))
	}
	o.GetObjectKind().SetGroupVersionKind(schema.GroupVersionKind{})
	return o, nil
}

// unreadable is transformDecodeError of k8s.io/apiserver/pkg/endpoints/handlers.
func unreadable(err error, want schema.GroupVersionKind, got *schema.GroupVersionKind, body []byte) error {
	if got != nil && got.Kind != "" {
		return errors.NewBadRequest(fmt.Sprintf("%s in version %q cannot be handled as a %s: %v", got.Kind, got.Version, want.Kind, err))
	}
	summary := string(body)
	if len(summary) > 30 {
		summary = summary[:30] + " ..."
	}
	return errors.NewBadRequest(fmt.Sprintf("the object provided is unrecognized (must be of type %s): %v (%s)", want.Kind, err, summary))
}

// fieldValidation is what to do with fields that the kind does not have. The
// server's default is to warn.
func (c *call) fieldValidation() string {
	if v := c.URL.Query().Get("fieldValidation"); v != "" {
		return v
	}
	return metav1.FieldValidationWarn
}

func (c *call) warnAll(errs []error) {
	for _, err := range errs {
		c.warn(err.Error())
	}
}

// contentType is how the request's body is encoded; JSON when it does not say.
func (c *call) contentType() (runtime.SerializerInfo, error) {
	wanted := runtime.ContentTypeJSON
	if header := c.Header.Get("Content-Type"); header != "" {
		var err error
		if wanted, _, err = mime.ParseMediaType(header); err != nil {
			return runtime.SerializerInfo{}, unsupported(c.mediaTypes())
		}
	}
	info, ok := runtime.SerializerInfoForMediaType(c.codecs.SupportedMediaTypes(), wanted)
	if !ok {
		return info, unsupported(c.mediaTypes())
	}
	return info, nil
}
