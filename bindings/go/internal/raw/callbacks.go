package raw

// #include "callbacks.h"
import "C"

import (
	"runtime/cgo"
	"unsafe"
)

// Hook is called for events; user is what HookAdd got, call what Enter got on this thread. It must not panic.
type Hook func(call uintptr, event int32, ctx, obj, err uintptr) int32

// Log is called with lines of the log, which are only there until it returns. It must not panic.
type Log func(level int32, line []byte)

// Enter says which call the thread is in, and gives the one before. The goroutine must be locked to its thread.
func Enter(call uintptr) uintptr {
	return uintptr(C.thing_go_enter(C.uintptr_t(call)))
}

// HookAdd is thing_hook_add.
func HookAdd(db, model uintptr, events int32, hook Hook, id *int64, err *uintptr) int {
	user := cgo.NewHandle(hook)
	status := int(C.thing_go_hook_add(C.uintptr_t(db), C.uintptr_t(model), C.int32_t(events), C.uintptr_t(user),
		(*C.int64_t)(id), (*C.uintptr_t)(unsafe.Pointer(err))))
	if status < 0 {
		user.Delete() // the library did not take it
	}
	return status
}

// LogSet is thing_log_set; without a function nobody is told any more.
func LogSet(db uintptr, level int32, log Log) {
	user := cgo.Handle(0)
	if log != nil {
		user = cgo.NewHandle(log)
	}
	C.thing_go_log_set(C.uintptr_t(db), C.int32_t(level), C.uintptr_t(user))
}

// Refuse fills the error of a hook; it gives the status to return.
func Refuse(err uintptr, code int32, message string) int32 {
	text := []byte(message)
	if len(text) == 0 {
		text = []byte("refused")
	}
	return int32(C.thing_go_refuse(C.uintptr_t(err), C.thing_status(code), (*C.char)(unsafe.Pointer(&text[0])),
		C.int64_t(len(text))))
}

//export thingGoHook
func thingGoHook(user, call C.uintptr_t, event C.int32_t, ctx, obj, err C.uintptr_t) C.int32_t {
	hook := cgo.Handle(user).Value().(Hook)
	return C.int32_t(hook(uintptr(call), int32(event), uintptr(ctx), uintptr(obj), uintptr(err)))
}

//export thingGoLog
func thingGoLog(user C.uintptr_t, level C.int32_t, line C.uintptr_t, length C.int64_t) {
	cgo.Handle(user).Value().(Log)(int32(level), Borrowed(uintptr(line), int64(length)))
}

//export thingGoFree
func thingGoFree(user C.uintptr_t) {
	cgo.Handle(user).Delete()
}

// Borrowed is memory of the library as a slice, to be read while its handle lives.
func Borrowed(address uintptr, length int64) []byte {
	if length <= 0 {
		return nil
	}
	return unsafe.Slice(*(**byte)(unsafe.Pointer(&address)), length)
}
