package thing

import (
	"context"
	"runtime"
	"runtime/cgo"
	"sync"
	"time"

	"thing/internal/raw"
)

// Flags change how the calls with a context are done; they may be or-ed.
type Flags int32

// What With takes.
const (
	NoCacheRead  Flags = 1    // answer from the database
	NoCacheWrite Flags = 2    // put nothing into the cache
	WithDeleted  Flags = 4    // soft-deleted rows too
	OnlyDeleted  Flags = 8    // soft-deleted rows alone
	NoHooks      Flags = 32   // no hook runs
	NoTimestamps Flags = 64   // leave created and updated fields as they are
	LockShare    Flags = 128  // reads lock the rows that they give, in a transaction
	LockUpdate   Flags = 256  // the same against all others
	NoWait       Flags = 512  // ErrBusy at once where a row is locked
	SkipLocked   Flags = 1024 // rows that are locked are left out
	NoCopies     Flags = 2048 // cache "redis": no copies of this process
	Unscoped     Flags = 4096 // rows that default scopes hide, too
)

// holdsConnection is of calls that wait for no place, as others may be waiting for what they have.
const holdsConnection Flags = 1 << 30

// With is a context whose calls have the flags, beside those that it has already.
func With(ctx context.Context, flags Flags) context.Context {
	info := infoOf(ctx)
	info.flags |= flags
	return context.WithValue(ctx, infoKey{}, &info)
}

// WithTag is a context whose calls have a label in the log.
func WithTag(ctx context.Context, tag string) context.Context {
	info := infoOf(ctx)
	info.tag = tag
	return context.WithValue(ctx, infoKey{}, &info)
}

// Mute is a context whose calls run no hooks of some models.
func Mute(ctx context.Context, models ...string) context.Context {
	info := infoOf(ctx)
	info.muted = added(info.muted, models...)
	return context.WithValue(ctx, infoKey{}, &info)
}

// callInfo is what a context says to this package.
type callInfo struct {
	flags Flags
	tag   string
	muted []string // models
	tx    *Tx
	hook  *hookScope
}

// isInside is of calls in a transaction.
func (i *callInfo) isInside() bool {
	return i != nil && (i.tx != nil || i.hook != nil && i.hook.handle != 0)
}

type infoKey struct{}

func infoOf(ctx context.Context) callInfo {
	if info, ok := ctx.Value(infoKey{}).(*callInfo); ok {
		return *info
	}
	return callInfo{}
}

// running is one call of the library that may block.
type running struct {
	db     *DB
	ctx    context.Context
	handle uintptr // thing_ctx; 0: none is needed
	pooled bool
	dirty  bool // it has a deadline, flags or a label
	tx     *Tx
	scope  *hookScope
	watch  *watcher
	place  place
	failed bool

	events *callState // of calls that may run hooks
	user   cgo.Handle
	before uintptr
}

// begin readies the thing_ctx of a call. tx, which may be nil, comes before that of the context. events: hooks may run.
func (r *running) begin(db *DB, ctx context.Context, tx *Tx, flags Flags, events bool) error {
	r.db, r.ctx = db, ctx
	done := ctx.Done()
	info, _ := ctx.Value(infoKey{}).(*callInfo)
	if flags&holdsConnection == 0 && tx == nil && !info.isInside() {
		if err := db.places.take(ctx); err != nil {
			return err
		}
		r.place.of = &db.places
	}
	if flags &^= holdsConnection; info != nil || tx != nil || done != nil || flags != 0 {
		if err := r.ready(info, tx, flags, done != nil); err != nil {
			r.place.give()
			return err
		}
	}
	if events && db.hooks.Load() > 0 {
		r.enter()
	}
	return nil
}

func (r *running) ready(info *callInfo, tx *Tx, flags Flags, watched bool) error {
	tag, muted := "", []string(nil)
	if info != nil {
		flags |= info.flags
		tag, muted = info.tag, info.muted
		if tx == nil {
			tx, r.scope = info.tx, info.hook
		}
	}
	switch {
	case r.scope != nil && r.scope.handle != 0:
		// The deadline is that of the call that the hook belongs to.
		r.handle = r.scope.handle
		raw.Thing_ctx_set_flags(r.handle, int(r.scope.flags|flags))
		return nil
	case tx != nil:
		if err := tx.take(); err != nil {
			return err
		}
		r.tx, r.handle = tx, tx.ctx
	default:
		if r.handle = r.db.contexts.take(r.db); r.handle == 0 {
			return failure(ErrClosed, "", "", "the database is closed")
		}
		r.pooled = true
	}
	r.dirty = flags != 0 || tag != "" || watched || len(muted) > 0
	for _, name := range muted {
		var e uintptr
		model := raw.Thing_model_find(r.db.handle, name)
		if status := raw.Thing_ctx_mute(r.handle, model, &e); status < 0 {
			r.end()
			return takeError(status, e)
		}
	}
	if flags != 0 {
		raw.Thing_ctx_set_flags(r.handle, int(flags))
	}
	if tag != "" {
		raw.Thing_ctx_set_tag(r.handle, tag)
	}
	if watched {
		r.guard()
	}
	return nil
}

// guard gives the deadline of the context to the call, and has somebody look whether it is cancelled.
func (r *running) guard() {
	if r.ctx.Err() == context.Canceled { // the library says so in its own way
		raw.Thing_ctx_cancel(r.handle)
		return
	}
	if deadline, ok := r.ctx.Deadline(); ok {
		left := int64((time.Until(deadline) + time.Millisecond - 1) / time.Millisecond)
		if left < 0 {
			left = 0 // below zero would be no deadline
		}
		raw.Thing_ctx_set_timeout_ms(r.handle, left)
	}
	r.watch = watch(r.ctx, r.handle)
}

// end gives back what begin took. A panic of a hook goes on here.
func (r *running) end() {
	r.place.give()
	if r.events != nil {
		r.leave()
	}
	if r.watch != nil {
		r.watch.stop()
	}
	switch {
	case r.scope != nil && r.scope.handle != 0:
		raw.Thing_ctx_set_flags(r.handle, int(r.scope.flags))
	case r.tx != nil:
		if r.dirty {
			raw.Thing_ctx_reset(r.handle)
		}
		r.tx.give()
	case r.pooled:
		r.db.contexts.give(r.handle)
	}
	runtime.KeepAlive(r.db)
	if r.events != nil && r.events.panicked {
		panic(r.events.panicValue)
	}
}

// fail is the error of a status below zero.
func (r *running) fail(status int, e uintptr) error {
	r.failed = true
	err := takeError(status, e).withContext(r.ctx)
	if r.events != nil && r.events.err != nil && err.cause == nil {
		err.cause = r.events.err
	}
	return err
}

// none is the error of a call that found no row, of which nothing stays that its hooks wrote.
func (r *running) none(err error) error {
	r.failed = true
	return err
}

// contextPool keeps contexts of the library for later calls.
type contextPool struct {
	mutex  sync.Mutex
	free   []uintptr
	closed bool
}

const keptContexts = 64

func (p *contextPool) take(db *DB) uintptr {
	p.mutex.Lock()
	if n := len(p.free); n > 0 {
		handle := p.free[n-1]
		p.free = p.free[:n-1]
		p.mutex.Unlock()
		return handle
	}
	p.mutex.Unlock()
	return raw.Thing_ctx_new(db.handle)
}

// give takes a context back that may have a deadline, or be cancelled.
func (p *contextPool) give(handle uintptr) {
	raw.Thing_ctx_reset(handle)
	p.mutex.Lock()
	keep := !p.closed && len(p.free) < keptContexts
	if keep {
		p.free = append(p.free, handle)
	}
	p.mutex.Unlock()
	if !keep {
		raw.Thing_ctx_free(handle)
	}
}

func (p *contextPool) close() {
	p.mutex.Lock()
	free := p.free
	p.free, p.closed = nil, true
	p.mutex.Unlock()
	for _, handle := range free {
		raw.Thing_ctx_free(handle)
	}
}
