package kube

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"syscall"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"paddock/fleet"
)

const (
	// Waits between attempts: an API server that restarts is back within
	// seconds, and one that is gone for long must not be hammered by every
	// paddock of the company at once.
	retryFirst = 400 * time.Millisecond
	retryMost  = 5 * time.Second
	retryNo    = time.Minute // after "forbidden": rights change by hand

	// A watch that ends sooner than this was no success: some proxies accept and hang up.
	shortWatch = time.Second

	slowConnect = 2 * time.Second // without an answer, the picture may be old
)

// expectAnswer calls the feed stale when a reconnect gets no answer for a
// while: a hung server takes connections and says nothing, and the error comes
// only when the handshake is given up. The function returned ends the wait.
func (f *feed) expectAnswer() (answered func()) {
	waiting := true // guarded by hub.store.mu
	t := time.AfterFunc(slowConnect, func() {
		f.hub.change(func() bool {
			if !waiting || f.status.health != fleet.Live {
				return false
			}
			f.status.set(fleet.Stale, errSilent, f.hub.now())
			return true
		})
	})
	return func() {
		t.Stop()
		f.hub.change(func() bool { waiting = false; return false })
	}
}

// errSilent is a server that takes connections and does not answer.
var errSilent = errors.New("the API server does not answer")

// errNoStream sends the Reflector to list instead.
var errNoStream = errors.New("the server does not stream lists")

// pause waits before another attempt, longer after each failure, until the
// time is up or somebody asks to try at once.
func (f *feed) pause(ctx context.Context) error {
	if f.failures == 0 {
		return ctx.Err()
	}
	d := backoff(f.failures)
	if f.forbidden() {
		d = retryNo
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-f.kick:
		f.failures = 1
	case <-t.C:
	}
	return nil
}

// backoff doubles from retryFirst to retryMost, with a quarter of jitter.
func backoff(failures int) time.Duration {
	d := retryMost
	if failures < 10 {
		d = min(retryFirst<<(failures-1), retryMost)
	}
	return d + time.Duration(rand.Int64N(int64(d)/4))
}

func (f *feed) forbidden() bool {
	f.hub.store.mu.Lock()
	defer f.hub.store.mu.Unlock()
	return f.status.health == fleet.Forbidden
}

// refusesStream tells whether the server answered that it knows no streamed
// lists: 422 where the feature is off, other refusals of the request's form
// from proxies before old servers.
func refusesStream(err error) bool {
	switch statusCode(err) {
	case http.StatusBadRequest, http.StatusMethodNotAllowed, http.StatusNotAcceptable,
		http.StatusUnsupportedMediaType, http.StatusUnprocessableEntity:
		return true
	}
	return false
}

// tooOld tells whether the server forgot, or does not know yet, the version
// that was asked for: the Reflector then lists anew at once.
func tooOld(err error) bool {
	return apierrors.IsResourceExpired(err) || apierrors.IsGone(err) ||
		apierrors.HasStatusCause(err, metav1.CauseTypeResourceVersionTooLarge)
}

func statusCode(err error) int {
	var s apierrors.APIStatus
	if errors.As(err, &s) {
		return int(s.Status().Code)
	}
	return 0
}

// transient marks an error as one that may pass.
type transient struct{ err error }

func (t transient) Error() string { return fmt.Sprint(t.err) }

// Unwrap gives the cause, and the one cause after which a Reflector repeats its
// watch; that comes first, because only the first errno in the chain counts.
func (t transient) Unwrap() []error { return []error{syscall.ECONNREFUSED, t.err} }
