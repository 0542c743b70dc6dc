//go:build !go1.21

package thing

import (
	"context"

	"thing/internal/raw"
)

// watcher cancels a call of the library when a context ends.
type watcher struct {
	enough, done chan struct{}
}

func watch(ctx context.Context, handle uintptr) *watcher {
	w := &watcher{enough: make(chan struct{}), done: make(chan struct{})}
	go func() {
		defer close(w.done)
		select {
		case <-ctx.Done():
			raw.Thing_ctx_cancel(handle)
		case <-w.enough:
		}
	}()
	return w
}

// stop returns when the handle is not touched any more.
func (w *watcher) stop() {
	close(w.enough)
	<-w.done
}
