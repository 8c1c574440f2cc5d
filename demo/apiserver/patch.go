package apiserver

import (
	"bytes"
	"encoding/json"
	"fmt"
	"mime"
	"net/http"
	"strings"

	jsonpatch "gopkg.in/evanphx/json-patch.v4"
	"k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/validation"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/mergepatch"
	"k8s.io/apimachinery/pkg/util/strategicpatch"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"paddock/demo/store"
)

// maxOperations is the most that a JSON patch may have; kube-apiserver's
// maxJSONPatchOperations.
const maxOperations = 10000

func (c *call) patch() error {
	kind, _, err := mime.ParseMediaType(c.Header.Get("Content-Type"))
	if err != nil {
		kind = c.Header.Get("Content-Type")
	}
	apply, ok := map[types.PatchType]patcher{
		types.JSONPatchType: applyJSON, types.MergePatchType: applyMerge, types.StrategicMergePatchType: applyStrategic,
	}[types.PatchType(kind)]
	if !ok {
		return statusError(http.StatusUnsupportedMediaType, metav1.StatusReasonUnsupportedMediaType, "415: Unsupported Media Type")
	}
	patch, err := c.body()
	if err != nil {
		return err
	}
	if !json.Valid(patch) {
		return errors.NewBadRequest("invalid JSON patch")
	}
	var o metav1.PatchOptions
	if err := c.query(&o); err != nil {
		return err
	}
	if err := invalidOptions("PatchOptions", validation.ValidatePatchOptions(&o, types.PatchType(kind))); err != nil {
		return err
	}
	return c.change(len(o.DryRun) > 0, func(old store.Object) (store.Object, error) {
		return c.patched(old, patch, apply)
	})
}

// patcher applies a patch to a document; target is an object of the kind.
type patcher func(original, patch []byte, target runtime.Object) ([]byte, error)

// patched is an object with a patch applied, decoded as strictly as asked for.
func (c *call) patched(old store.Object, patch []byte, apply patcher) (store.Object, error) {
	var original bytes.Buffer
	plain := c.codecs.SupportedMediaTypes()[0]
	if err := plain.Serializer.Encode(c.typed(old), &original); err != nil {
		return nil, err
	}
	gvk := c.kind.gvk()
	into, err := c.scheme.New(gvk)
	if err != nil {
		return nil, err
	}
	document, err := apply(original.Bytes(), patch, into)
	if err != nil {
		return nil, err
	}
	directive := c.fieldValidation()
	decoder := plain.Serializer
	if directive != metav1.FieldValidationIgnore {
		decoder = plain.StrictSerializer
	}
	decoded, _, err := decoder.Decode(document, &gvk, into)
	if unknown, ok := runtime.AsStrictDecodingError(err); ok && directive == metav1.FieldValidationWarn {
		c.warnAll(unknown.Errors())
		err = nil
	}
	if err != nil {
		return nil, errors.NewInvalid(schema.GroupKind{}, "", field.ErrorList{field.Invalid(field.NewPath("patch"), string(document), err.Error())})
	}
	decoded.GetObjectKind().SetGroupVersionKind(schema.GroupVersionKind{})
	return decoded.(store.Object), nil
}

func applyJSON(original, patch []byte, _ runtime.Object) ([]byte, error) {
	// The real server first decodes into a type of its own, and errors name it.
	type jsonPatchOp struct{ Op, Path, From string }
	if err := json.Unmarshal(patch, &[]jsonPatchOp{}); err != nil {
		return nil, errors.NewBadRequest("error decoding patch: " + strings.ReplaceAll(err.Error(), "apiserver.jsonPatchOp", "handlers.jsonPatchOp"))
	}
	operations, err := jsonpatch.DecodePatch(patch)
	if err != nil {
		return nil, errors.NewBadRequest(err.Error())
	}
	if len(operations) > maxOperations {
		return nil, errors.NewRequestEntityTooLargeError(
			fmt.Sprintf("The allowed maximum operations in a JSON patch is %d, got %d", maxOperations, len(operations)))
	}
	document, err := operations.Apply(original)
	if err != nil {
		return nil, unprocessable(err)
	}
	return document, nil
}

func applyMerge(original, patch []byte, _ runtime.Object) ([]byte, error) {
	if err := json.Unmarshal(patch, &map[string]any{}); err != nil {
		return nil, errors.NewBadRequest(fmt.Sprintf("error decoding patch: %v", err))
	}
	document, err := jsonpatch.MergePatch(original, patch)
	if err == jsonpatch.ErrBadJSONPatch {
		err = errors.NewBadRequest(err.Error())
	}
	return document, err
}

func applyStrategic(original, patch []byte, target runtime.Object) ([]byte, error) {
	if err := json.Unmarshal(patch, &map[string]any{}); err != nil {
		return nil, errors.NewBadRequest(err.Error())
	}
	document, err := strategicpatch.StrategicMergePatch(original, patch, target)
	switch err {
	case nil:
		return document, nil
	case mergepatch.ErrBadJSONDoc, mergepatch.ErrBadPatchFormatForPrimitiveList, mergepatch.ErrBadPatchFormatForRetainKeys, mergepatch.ErrBadPatchFormatForSetElementOrderList:
		return nil, errors.NewBadRequest(err.Error())
	}
	return nil, unprocessable(err)
}
