package thing

import (
	"context"
	"math/rand"
	"runtime"
	"sync"
	"time"

	"thing/internal/raw"
)

// Tx is a transaction. Calls belong to it when their context is Context, or one that was made of it, or when their model
// is bound to it by In. One call at a time; overlapping ones are ErrBusy.
type Tx struct {
	db      *DB
	handle  uintptr
	ctx     uintptr
	outer   context.Context
	context context.Context
	mutex   sync.Mutex
	parent  *Tx        // of a nested one
	scope   *hookScope // of one that a hook began
	written []target   // structs that hear of the end
	keeper  *keeper    // that of the one around it, if there is one
	level   int        // there
	held    *heldTx
}

// heldTx gives back what a transaction that nobody ended holds. It does not lead to the Tx, whose context leads to itself:
// what is in a circle is never finalized.
type heldTx struct {
	db     *DB
	handle uintptr
}

// TxOptions are those of a transaction; the zero TxOptions are the defaults.
type TxOptions struct {
	ReadOnly  bool
	Deferred  bool      // SQLite: the write lock at the first write
	Isolation Isolation // not of a nested transaction
	Attempts  int       // how often all of it may run when it loses against another; 0: once
}

// Isolation is how much of others a transaction sees.
type Isolation int32

// Levels of isolation.
const (
	DefaultIsolation Isolation = 0
	ReadCommitted    Isolation = 4
	RepeatableRead   Isolation = 8
	Serializable     Isolation = 16
)

func (o TxOptions) flags() int {
	flags := int(o.Isolation)
	if o.ReadOnly {
		flags |= 1
	}
	if o.Deferred {
		flags |= 2
	}
	return flags
}

// Tx runs body in a transaction, which is committed when it returns nil; else, and when it panics, all that it wrote is
// taken back. Inside of a transaction (by ctx) it is a part of that, which is taken back alone. What body returned is
// returned.
func (db *DB) Tx(ctx context.Context, body func(tx *Tx) error) error {
	return db.TxWith(ctx, TxOptions{}, body)
}

// TxWith is Tx with options. With Attempts body may run several times: after errors that are Retryable, with growing
// pauses. A nested transaction runs once, as its outer one is what has to run again.
func (db *DB) TxWith(ctx context.Context, options TxOptions, body func(tx *Tx) error) error {
	attempts := options.Attempts
	if info, _ := ctx.Value(infoKey{}).(*callInfo); info.isInside() {
		attempts = 1
	}
	for attempt := 1; ; attempt++ {
		err := db.txOnce(ctx, options, body)
		if attempt >= attempts || !runsAgain(err) {
			return err
		}
		if pause(ctx, attempt) != nil {
			return err
		}
	}
}

// runsAgain is of what says that the whole transaction may succeed.
func runsAgain(err error) bool {
	code := codeOf(err)
	return code == ErrSerialization || code == ErrBusy
}

const longestPause = 256 * time.Millisecond

// pause waits up to twice as long each time, by chance, so that those who met do not meet again.
func pause(ctx context.Context, attempt int) error {
	most := time.Millisecond << min(attempt, 8)
	if most > longestPause {
		most = longestPause
	}
	timer := time.NewTimer(most/2 + time.Duration(rand.Int63n(int64(most/2)+1)))
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func min(a, b int) int {
	if a < b {
		return a
	}
	return b
}

func (db *DB) txOnce(ctx context.Context, options TxOptions, body func(tx *Tx) error) error {
	tx, err := db.Begin(ctx, options)
	if err != nil {
		return err
	}
	finished := false
	defer func() {
		if !finished { // a panic is on its way, or the goroutine ends
			_ = tx.Rollback()
		}
		tx.free()
	}()
	err = body(tx)
	finished = true
	if err != nil {
		_ = tx.Rollback()
		return err
	}
	return tx.Commit()
}

// Begin begins a transaction, to be ended by Commit or Rollback. Tx is easier.
func (db *DB) Begin(ctx context.Context, options TxOptions) (*Tx, error) {
	var handle uintptr // of its own: what C writes to may not lie beside pointers
	err := db.do(ctx, nil, 0, false, func(in uintptr, e *uintptr) int {
		return raw.Thing_tx_begin(db.handle, in, options.flags(), &handle, e)
	})
	if err != nil {
		return nil, err
	}
	tx := &Tx{db: db, outer: ctx, handle: handle, ctx: raw.Thing_tx_ctx(handle)}
	info := infoOf(ctx)
	tx.parent, tx.scope = info.tx, info.hook
	switch {
	case tx.isOutermost():
		tx.keeper = &keeper{}
	case tx.parent != nil:
		tx.keeper = tx.parent.keeper
	default:
		tx.keeper = &tx.scope.state.keeper
	}
	tx.held = &heldTx{db, handle}
	tx.level = tx.keeper.begin(tx.held)
	info.tx, info.hook = tx, nil
	tx.context = context.WithValue(ctx, infoKey{}, &info)
	// The ctx of the library has the deadline of the one that it was begun with; each call sets its own.
	raw.Thing_ctx_reset(tx.ctx)
	runtime.SetFinalizer(tx.held, (*heldTx).lose)
	return tx, nil
}

func (tx *Tx) isOutermost() bool {
	return tx.parent == nil && (tx.scope == nil || tx.scope.handle == 0)
}

// Context is the context of Begin or Tx, whose calls belong to the transaction.
func (tx *Tx) Context() context.Context { return tx.context }

// DB is the database of the transaction.
func (tx *Tx) DB() *DB { return tx.db }

// Tx runs body in a part of the transaction, which is taken back alone when body fails.
func (tx *Tx) Tx(body func(tx *Tx) error) error { return tx.db.Tx(tx.context, body) }

// Commit makes what was written last. After ErrBusy it may be tried again.
func (tx *Tx) Commit() error {
	err := tx.finish(func(*running) {}, func(e *uintptr) int { return raw.Thing_tx_commit(tx.handle, e) }, tx.keep)
	switch code := codeOf(err); {
	case err == nil || code == ErrBusy || code == ErrClosed:
	case code == ErrCommitUnknown:
		tx.keep()
	default:
		tx.takeBack()
	}
	return err
}

// keep has what was saved stay so, as far as the transaction around it does.
func (tx *Tx) keep() {
	tx.keeper.forget(tx.level, "")
	if tx.isOutermost() {
		tx.keeper.cut(0)
	}
}

// Rollback takes back what was written. After Commit it is ErrClosed, and does nothing.
func (tx *Tx) Rollback() error {
	back := func(r *running) { // before hooks hear of it, who know their structs by what was written
		if r.events != nil {
			r.events.index()
		}
		tx.takeBack()
	}
	return tx.finish(back, func(e *uintptr) int { return raw.Thing_tx_rollback(tx.handle, e) }, func() {})
}

func (tx *Tx) takeBack() { tx.keeper.goBack(tx.level, "") }

// finish ends the transaction. It does not wait for the context: what was begun has to end.
func (tx *Tx) finish(before func(*running), end func(e *uintptr) int, done func()) error {
	if err := tx.take(); err != nil {
		return err
	}
	var r running
	if err := r.begin(tx.db, withoutCancel{tx.outer}, nil, holdsConnection, true); err != nil {
		tx.give()
		return err
	}
	// Last, as it may panic.
	defer r.end()
	if r.events != nil {
		r.events.written = tx.written
	}
	defer tx.give()
	before(&r)
	var e uintptr
	if status := end(&e); status < 0 {
		return r.fail(status, e)
	}
	if tx.parent != nil {
		tx.parent.written = append(tx.parent.written, tx.written...)
	}
	tx.written = nil
	done()
	tx.forget()
	return nil
}

// Savepoint marks a place to go back to: 1 to 63 letters, digits and underscores.
func (tx *Tx) Savepoint(name string) error {
	return tx.plain(func(e *uintptr) int { return raw.Thing_tx_savepoint(tx.handle, name, e) },
		func() { tx.keeper.savepoint(name) })
}

// Release forgets a savepoint; what was written since stays.
func (tx *Tx) Release(name string) error {
	return tx.plain(func(e *uintptr) int { return raw.Thing_tx_release(tx.handle, name, e) },
		func() { tx.keeper.forget(tx.level, name) })
}

// RollbackTo takes back what was written since the savepoint.
func (tx *Tx) RollbackTo(name string) error {
	return tx.plain(func(e *uintptr) int { return raw.Thing_tx_rollback_to(tx.handle, name, e) },
		func() { tx.keeper.goBack(tx.level, name) })
}

func (tx *Tx) plain(call func(e *uintptr) int, done func()) error {
	if err := tx.take(); err != nil {
		return err
	}
	defer tx.give()
	var e uintptr
	if status := call(&e); status < 0 {
		return takeError(status, e).withContext(tx.outer)
	}
	done()
	return nil
}

// take is for one call; who comes meanwhile gets ErrBusy, as waiting for a call that waits for a hook would never end.
func (tx *Tx) take() error {
	if !tx.mutex.TryLock() {
		err := failure(ErrBusy, "", "", "the transaction is in use by another call")
		err.Retryable = true
		return err
	}
	if tx.handle == 0 {
		tx.mutex.Unlock()
		return failure(ErrClosed, "", "", "the transaction has ended")
	}
	return nil
}

func (tx *Tx) give() { tx.mutex.Unlock() }

// free gives the handle back; what uses the transaction later is ErrClosed.
func (tx *Tx) free() {
	tx.mutex.Lock()
	defer tx.mutex.Unlock()
	tx.takeBack()
	tx.forget()
}

// lose is free of a transaction that nobody has any more. Its structs may be somebody's, who is not asked here.
func (h *heldTx) lose() { raw.Thing_tx_free(h.handle) }

func (tx *Tx) forget() {
	handle := tx.handle
	tx.handle, tx.ctx, tx.held.handle = 0, 0, 0
	tx.keeper.end(tx.held)
	raw.Thing_tx_free(handle)
}

// withoutCancel has the values of a context, and never ends.
type withoutCancel struct{ context.Context }

func (withoutCancel) Deadline() (time.Time, bool) { return time.Time{}, false }
func (withoutCancel) Done() <-chan struct{}       { return nil }
func (withoutCancel) Err() error                  { return nil }
