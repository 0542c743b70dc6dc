//go:build go1.21

package thing

import (
	"context"

	"thing/internal/raw"
)

// watcher cancels a call of the library when a context ends.
type watcher struct {
	done   chan struct{}
	detach func() bool
}

func watch(ctx context.Context, handle uintptr) *watcher {
	w := &watcher{done: make(chan struct{})}
	w.detach = context.AfterFunc(ctx, func() {
		raw.Thing_ctx_cancel(handle)
		close(w.done)
	})
	return w
}

// stop returns when the handle is not touched any more.
func (w *watcher) stop() {
	if !w.detach() {
		<-w.done
	}
}
