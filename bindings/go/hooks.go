package thing

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"runtime"
	"runtime/cgo"
	"sync"
	"sync/atomic"
	"unsafe"

	"thing/internal/raw"
)

// Event is what a hook is called for; several may be or-ed.
//
// A model hears of its own events by methods on the pointer of its struct: BeforeSave, AfterSave, BeforeCreate,
// AfterCreate, BeforeUpdate, AfterUpdate, BeforeDelete, AfterDelete, BeforeSoftDelete, AfterSoftDelete, BeforeHardDelete,
// AfterHardDelete, BeforeRestore, AfterRestore and AfterLoad are func(context.Context) error, AfterCommit and
// AfterRollback func(context.Context). What one returns takes back what the call wrote, and is found in the call's error
// by errors.Is and errors.As. A panic goes on out of the call, which is taken back, too.
//
// Calls with the context that a hook is given belong to the transaction of the write.
type Event int32

// Events, and what is or-ed to them.
const (
	OnBeforeSave       Event = 1
	OnAfterSave        Event = 2
	OnBeforeCreate     Event = 4
	OnAfterCreate      Event = 8
	OnBeforeUpdate     Event = 16
	OnAfterUpdate      Event = 32
	OnBeforeDelete     Event = 64
	OnAfterDelete      Event = 128
	OnAfterLoad        Event = 256 // of Model.On alone
	OnAfterCommit      Event = 512
	OnAfterRollback    Event = 1024
	OnBeforeRestore    Event = 2048
	OnAfterRestore     Event = 4096
	OnBeforeSoftDelete Event = 8192
	OnAfterSoftDelete  Event = 16384
	OnBeforeHardDelete Event = 32768
	OnAfterHardDelete  Event = 65536
	MayFail            Event = 1 << 24 // what an After hook returns fails the write; else it is only logged

	beforeEvents = OnBeforeSave | OnBeforeCreate | OnBeforeUpdate | OnBeforeDelete | OnBeforeRestore | OnBeforeSoftDelete | OnBeforeHardDelete
	endEvents    = OnAfterCommit | OnAfterRollback
)

// methodHook is an event with the method that hears of it.
type methodHook struct {
	event Event
	typ   reflect.Type
	call  func(obj any, ctx context.Context) error
}

func method[I any](event Event, call func(I, context.Context) error) methodHook {
	return methodHook{event, reflect.TypeOf((*I)(nil)).Elem(),
		func(obj any, ctx context.Context) error { return call(obj.(I), ctx) }}
}

type (
	beforeSave       interface{ BeforeSave(context.Context) error }
	afterSave        interface{ AfterSave(context.Context) error }
	beforeCreate     interface{ BeforeCreate(context.Context) error }
	afterCreate      interface{ AfterCreate(context.Context) error }
	beforeUpdate     interface{ BeforeUpdate(context.Context) error }
	afterUpdate      interface{ AfterUpdate(context.Context) error }
	beforeDelete     interface{ BeforeDelete(context.Context) error }
	afterDelete      interface{ AfterDelete(context.Context) error }
	beforeRestore    interface{ BeforeRestore(context.Context) error }
	afterRestore     interface{ AfterRestore(context.Context) error }
	beforeSoftDelete interface{ BeforeSoftDelete(context.Context) error }
	afterSoftDelete  interface{ AfterSoftDelete(context.Context) error }
	beforeHardDelete interface{ BeforeHardDelete(context.Context) error }
	afterHardDelete  interface{ AfterHardDelete(context.Context) error }
	afterCommit      interface{ AfterCommit(context.Context) }
	afterRollback    interface{ AfterRollback(context.Context) }
	afterLoad        interface{ AfterLoad(context.Context) error }
)

var afterLoadType = reflect.TypeOf((*afterLoad)(nil)).Elem()

var methodHooks = []methodHook{
	method(OnBeforeSave, beforeSave.BeforeSave), method(OnAfterSave, afterSave.AfterSave),
	method(OnBeforeCreate, beforeCreate.BeforeCreate), method(OnAfterCreate, afterCreate.AfterCreate),
	method(OnBeforeUpdate, beforeUpdate.BeforeUpdate), method(OnAfterUpdate, afterUpdate.AfterUpdate),
	method(OnBeforeDelete, beforeDelete.BeforeDelete), method(OnAfterDelete, afterDelete.AfterDelete),
	method(OnBeforeRestore, beforeRestore.BeforeRestore), method(OnAfterRestore, afterRestore.AfterRestore),
	method(OnBeforeSoftDelete, beforeSoftDelete.BeforeSoftDelete), method(OnAfterSoftDelete, afterSoftDelete.AfterSoftDelete),
	method(OnBeforeHardDelete, beforeHardDelete.BeforeHardDelete), method(OnAfterHardDelete, afterHardDelete.AfterHardDelete),
	method(OnAfterCommit, func(o afterCommit, ctx context.Context) error { o.AfterCommit(ctx); return nil }),
	method(OnAfterRollback, func(o afterRollback, ctx context.Context) error { o.AfterRollback(ctx); return nil }),
}

// callState is what a running call has for hooks.
type callState struct {
	ctx        context.Context
	flags      Flags
	objects    map[uintptr]target // structs that the call was given, by the objects of the library
	written    []target           // structs that the transaction wrote which ends in the call
	byKey      map[string]unsafe.Pointer
	err        error // what a hook returned last
	panicked   bool
	panicValue any
	place      place
	keeper     keeper // of what its hooks save
}

type target struct {
	plan *plan
	ptr  unsafe.Pointer
}

// knows says for hooks which struct an object of the library stands for.
func (r *running) knows(obj uintptr, p *plan, ptr unsafe.Pointer) {
	if r.events == nil {
		return
	}
	if r.events.objects == nil {
		r.events.objects = map[uintptr]target{}
	}
	r.events.objects[obj] = target{p, ptr}
	if p.hearsEnds && r.tx != nil {
		r.tx.written = append(r.tx.written, target{p, ptr})
	}
}

// ended finds the struct of a row that was committed or rolled back: for that the library has another object.
func (s *callState) ended(p *plan, event Event, row unsafe.Pointer) (unsafe.Pointer, bool) {
	if event&endEvents == 0 {
		return nil, false
	}
	if s.byKey == nil {
		s.index()
	}
	ptr, known := s.byKey[target{p, row}.key()]
	return ptr, known
}

// index finds structs by their keys as these are now.
func (s *callState) index() {
	s.byKey = map[string]unsafe.Pointer{}
	for _, t := range s.objects {
		s.byKey[t.key()] = t.ptr
	}
	for _, t := range s.written {
		s.byKey[t.key()] = t.ptr
	}
}

// key names a row among those of all models.
func (t target) key() string {
	key, err := t.plan.keyJSON(t.ptr)
	if err != nil {
		return ""
	}
	return t.plan.name + key
}

// enter lets hooks find the call: they run on its thread.
func (r *running) enter() {
	r.events = &callState{ctx: r.ctx, place: r.place}
	r.place = place{}
	if info, ok := r.ctx.Value(infoKey{}).(*callInfo); ok {
		r.events.flags = info.flags
	}
	r.user = cgo.NewHandle(r.events)
	runtime.LockOSThread()
	r.before = raw.Enter(uintptr(r.user))
}

func (r *running) leave() {
	if r.failed {
		r.events.keeper.takeBack(0)
	} else {
		r.events.keeper.pass(r.keeper())
	}
	r.events.place.give()
	raw.Enter(r.before)
	runtime.UnlockOSThread()
	r.user.Delete()
}

// hookScope is the place of a hook: its calls use the ctx of the library that the hook was given.
type hookScope struct {
	state  *callState
	db     *DB
	handle uintptr // thing_ctx; 0: outside of the transaction
	flags  Flags
	obj    uintptr
	event  Event
	isOver bool
}

// hookFunc is a hook as the library's events reach it.
type hookFunc func(ctx context.Context, state *callState, scope *hookScope) error

// addHook adds a hook to a model, or for 0 to all.
func (db *DB) addHook(model uintptr, events Event, hook hookFunc) (int64, error) {
	var id int64
	var e uintptr
	call := func(call uintptr, event int32, ctx, obj, err uintptr) int32 {
		state := &callState{ctx: context.Background()}
		if call != 0 {
			state = cgo.Handle(call).Value().(*callState)
		}
		return runHook(state, &hookScope{state: state, db: db, handle: ctx, flags: state.flags, obj: obj, event: Event(event)}, hook, err)
	}
	db.hooks.Add(1) // before: calls that begin from here on are ready for it
	if status := raw.HookAdd(db.handle, model, int32(events), call, &id, &e); status < 0 {
		db.hooks.Add(-1)
		return 0, takeError(status, e)
	}
	return id, nil
}

func (db *DB) removeHook(id int64) error {
	status := raw.Thing_hook_remove(db.handle, id)
	switch {
	case status < 0:
		return takeError(status, 0)
	case status == statusNoWrite:
		return failure(ErrNotFound, "", "", "the hook was removed already")
	}
	db.hooks.Add(-1)
	return nil
}

// runHook gives the status for the library; nothing unwinds through it.
func runHook(state *callState, scope *hookScope, hook hookFunc, refusal uintptr) (status int32) {
	state.place.give()
	returned := false
	defer func() {
		scope.isOver = true
		if returned {
			return
		}
		state.panicked, state.panicValue = true, recover()
		status = raw.Refuse(refusal, int32(ErrCallback), "a hook panicked")
	}()
	ctx := context.WithValue(state.ctx, infoKey{}, &callInfo{hook: scope})
	err := hook(ctx, state, scope)
	returned = true
	if err == nil {
		return 0
	}
	state.err = err
	code := codeOf(err)
	if code >= 0 {
		code = ErrCallback
	}
	return raw.Refuse(refusal, int32(code), err.Error())
}

// addMethodHooks has the methods of a struct called.
func (db *DB) addMethodHooks(p *plan) error {
	pointer := reflect.PointerTo(p.typ)
	calls := map[Event]methodHook{}
	events := Event(0)
	for _, m := range methodHooks {
		if pointer.Implements(m.typ) {
			calls[m.event] = m
			events |= m.event
		}
	}
	p.hearsEnds = events&endEvents != 0
	if pointer.Implements(afterLoadType) {
		p.loads.add(func(ctx context.Context, obj any) error { return obj.(afterLoad).AfterLoad(ctx) })
	}
	if events == 0 {
		return nil
	}
	_, err := db.addHook(p.model, events|MayFail, func(ctx context.Context, state *callState, scope *hookScope) error {
		return p.withStruct(state, scope, func(obj any) error { return calls[scope.event].call(obj, ctx) })
	})
	return err
}

// withStruct calls a hook with the struct of an object: that of the call, or a new one. What a hook before a write sets
// in it is set in the object.
func (p *plan) withStruct(state *callState, scope *hookScope, hook func(obj any) error) error {
	known, isKnown := state.objects[scope.obj]
	ptr := known.ptr
	if !isKnown || known.plan != p {
		ptr = reflect.New(p.typ).UnsafePointer()
	}
	now, err := p.pull(scope.obj, ptr)
	if err != nil {
		return err
	}
	if other, known := state.ended(p, scope.event, ptr); known {
		ptr = other // as it is: it may have been changed since it was written
	}
	if err := hook(reflect.NewAt(p.typ, ptr).Interface()); err != nil || scope.event&beforeEvents == 0 {
		return err
	}
	e := takeEncoder()
	defer giveEncoder(e)
	if err := p.encode(e, ptr, forChange, &now); err != nil {
		return err
	}
	return p.assign(scope.obj, e)
}

// pull reads an object of the library into a struct; it gives the row.
func (p *plan) pull(obj uintptr, ptr unsafe.Pointer) (loaded, error) {
	data, err := packed(obj)
	if err != nil {
		return loaded{}, err
	}
	b, err := readBatch(data, p.hash, p.cols)
	if err != nil {
		return loaded{}, err
	}
	spare := p.spare(1)
	return loaded{plan: p, rows: b.source}, p.decodeValues(&b, 0, ptr, &spare)
}

// Change is what a field was and what it becomes.
type Change struct{ Old, New json.RawMessage }

// Changes are those of the object that a hook is called for: in a Before hook what will be written, in an After hook what
// was. ctx is that of the hook; with another one it is ErrState.
func Changes(ctx context.Context) (map[string]Change, error) {
	scope := infoOf(ctx).hook
	if scope == nil || scope.isOver {
		return nil, failure(ErrState, "", "", "Changes: found no hook that is running")
	}
	read := raw.Thing_obj_saved_changes_json
	if scope.event&beforeEvents != 0 {
		read = raw.Thing_obj_changes_json
	}
	var out, e uintptr
	if status := read(scope.obj, &out, &e); status < 0 {
		return nil, takeError(status, e)
	}
	var pairs map[string][2]json.RawMessage
	if err := json.Unmarshal(takeBuffer(out), &pairs); err != nil {
		return nil, failure(ErrInternal, "", "", err.Error())
	}
	changes := make(map[string]Change, len(pairs))
	for field, pair := range pairs {
		changes[field] = Change{pair[0], pair[1]}
	}
	return changes, nil
}

// On calls hook for events of the model, whoever writes through this DB. remove ends that.
func (m *Model[T]) On(events Event, hook func(ctx context.Context, event Event, obj *T) error) (remove func() error, err error) {
	p, err := m.ready()
	if err != nil {
		return nil, err
	}
	stop := func() error { return nil }
	if events&OnAfterLoad != 0 {
		id := p.loads.add(func(ctx context.Context, obj any) error { return hook(ctx, OnAfterLoad, obj.(*T)) })
		stop = func() error { return p.loads.remove(id) }
		if events &^= OnAfterLoad; events&^MayFail == 0 {
			return stop, nil
		}
	}
	id, err := m.db.addHook(p.model, events, func(ctx context.Context, state *callState, scope *hookScope) error {
		return p.withStruct(state, scope, func(obj any) error { return hook(ctx, scope.event, obj.(*T)) })
	})
	if err != nil {
		_ = stop()
		return nil, err
	}
	return func() error {
		_ = stop()
		return m.db.removeHook(id)
	}, nil
}

// loadHooks are called for records that were loaded: here, as the library gives rows and no objects.
type loadHooks struct {
	mutex sync.Mutex
	last  int
	hooks atomic.Value // []loadHook
}

type loadHook struct {
	id   int
	call func(ctx context.Context, obj any) error
}

func (l *loadHooks) all() []loadHook {
	hooks, _ := l.hooks.Load().([]loadHook)
	return hooks
}

func (l *loadHooks) add(call func(ctx context.Context, obj any) error) int {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	l.last++
	l.hooks.Store(added(l.all(), loadHook{l.last, call}))
	return l.last
}

func (l *loadHooks) remove(id int) error {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	left := []loadHook{}
	for _, h := range l.all() {
		if h.id != id {
			left = append(left, h)
		}
	}
	if len(left) == len(l.all()) {
		return failure(ErrNotFound, "", "", "the hook was removed already")
	}
	l.hooks.Store(left)
	return nil
}

func (l *loadHooks) run(ctx context.Context, obj any) error {
	if infoOf(ctx).flags&NoHooks != 0 {
		return nil
	}
	for _, h := range l.all() {
		if err := h.call(ctx, obj); err != nil {
			return err
		}
	}
	return nil
}

// Record is an object of any model, as hooks of all models see it. It is good until the hook returns.
type Record struct{ scope *hookScope }

// On calls hook for events of all models. remove ends that.
func (db *DB) On(events Event, hook func(ctx context.Context, event Event, record *Record) error) (remove func() error, err error) {
	id, err := db.addHook(0, events, func(ctx context.Context, _ *callState, scope *hookScope) error {
		return hook(ctx, scope.event, &Record{scope})
	})
	if err != nil {
		return nil, err
	}
	return func() error { return db.removeHook(id) }, nil
}

func (r *Record) obj() uintptr {
	if r.scope.isOver {
		return 0
	}
	return r.scope.obj
}

// Model is the name of the record's model.
func (r *Record) Model() string { return raw.Thing_model_name(raw.Thing_obj_model(r.obj())) }

// JSON is the record in the order of its fields, without hidden ones.
func (r *Record) JSON() (json.RawMessage, error) {
	var out, e uintptr
	if status := raw.Thing_obj_json(r.obj(), 0, &out, &e); status < 0 {
		return nil, takeError(status, e)
	}
	return takeBuffer(out), nil
}

// Set sets fields, in a Before hook.
func (r *Record) Set(values M) error {
	text, err := appendValue(nil, values)
	if err != nil {
		return err
	}
	var e uintptr
	if status := raw.Thing_obj_assign_json(r.obj(), string(text), &e); status < 0 {
		return takeError(status, e)
	}
	return nil
}

// String is the model's name and the key.
func (r *Record) String() string {
	return fmt.Sprintf("%s %d", r.Model(), raw.Thing_obj_id(r.obj()))
}
