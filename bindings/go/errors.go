package thing

import (
	"context"
	"encoding/json"
	"errors"
	"strings"

	"thing/internal/raw"
)

// Code says what came of a call; its values are those of thing_status. A Code is an error, to be compared with:
//
//	if errors.Is(err, thing.ErrUnique) { ... }
type Code int32

// Outcomes that are no failures.
const (
	OK          Code = 0
	ErrNotFound Code = 2 // no such row; never stands for a failure
)

// Failures.
const (
	ErrInternal      Code = -1  // a bug in the library
	ErrInvalid       Code = -2  // an argument: bad UTF-8, an unknown name, key or operator
	ErrType          Code = -3  // a value of the wrong type for its field
	ErrRange         Code = -4  // a value, count or length outside its limits
	ErrSyntax        Code = -5  // text that does not parse
	ErrModel         Code = -6  // a model that is wrong
	ErrSchema        Code = -7  // the database lacks a table or column, or holds it differently
	ErrUnique        Code = -8  // a unique or primary key holds the value already
	ErrNotNull       Code = -9  // a required field is NULL or unset
	ErrForeignKey    Code = -10 // a referenced row is absent, or a row is still referenced
	ErrCheck         Code = -11 // a CHECK constraint, a rule of the model, or an enum value not in its list
	ErrConflict      Code = -12 // the row's version is not the loaded one
	ErrSerialization Code = -13 // the transaction lost against another: run it again
	ErrBusy          Code = -14 // a lock or a free connection did not come in time; or overlapping calls
	ErrTimeout       Code = -15 // the deadline passed; also context.DeadlineExceeded
	ErrCancelled     Code = -16 // the context was cancelled; also context.Canceled
	ErrConnection    Code = -17 // the database can not be opened or reached
	ErrAuth          Code = -18 // the database refused the user
	ErrUnsupported   Code = -19 // this database or this build can not do it
	ErrReadOnly      Code = -20 // a write to a read-only database or transaction
	ErrClosed        Code = -21 // the database, transaction or cursor is closed
	ErrState         Code = -22 // the wrong state for the call
	ErrCallback      Code = -23 // a hook refused
	ErrNoMemory      Code = -24 // out of memory; nothing was changed
	ErrCommitUnknown Code = -25 // the connection was lost during COMMIT: it may have happened
	ErrCacheDown     Code = -26 // the shared cache could not be told of a write, which was not made
)

// Statuses that are never errors of this package.
const (
	statusDone    = 1
	statusMore    = 5
	statusNoWrite = 2
)

// String is the name without prefix, "NOT_FOUND" or "E_UNIQUE".
func (c Code) String() string { return raw.Thing_status_name(int(c)) }

// Error is String.
func (c Code) Error() string { return "thing: " + c.String() }

// Error is a failure of the library, or that a row is not there. It is found by errors.As, and by errors.Is with its Code.
type Error struct {
	Code       Code
	Message    string // one line, without values of rows
	SQLState   string // the nearest standard class; "" when unknown
	Native     int64  // the driver's own code
	Model      string
	Field      string // the fields concerned, joined by ","
	Table      string // whose constraint was violated, or that is missing or lacks a column
	Column     string
	Constraint string
	Retryable  bool            // the same call, or the same transaction as a whole, may succeed when run again
	JSON       json.RawMessage // all of it, with the chain of what was being done

	cause error // what a hook returned, or why the context ended
}

// Error is the message.
func (e *Error) Error() string { return e.Message }

// Fields are the fields concerned; none when unknown.
func (e *Error) Fields() []string {
	if e.Field == "" {
		return nil
	}
	return strings.Split(e.Field, ",")
}

// Is tells errors.Is that an error is its code.
func (e *Error) Is(target error) bool {
	code, ok := target.(Code)
	return ok && code == e.Code
}

// Unwrap is what a hook returned, or the error of the context.
func (e *Error) Unwrap() error { return e.cause }

func failure(code Code, model, field, message string) *Error {
	return &Error{Code: code, Message: message, Model: model, Field: field}
}

// takeError makes an error of the library's own, and frees that.
func takeError(status int, e uintptr) *Error {
	if e == 0 {
		return &Error{Code: Code(status), Message: Code(status).Error()}
	}
	err := &Error{
		Code:       Code(raw.Thing_error_code(e)),
		Message:    raw.Thing_error_message(e),
		SQLState:   raw.Thing_error_sqlstate(e),
		Native:     raw.Thing_error_native(e),
		Model:      raw.Thing_error_model(e),
		Field:      raw.Thing_error_field(e),
		Table:      raw.Thing_error_table(e),
		Column:     raw.Thing_error_column(e),
		Constraint: raw.Thing_error_constraint(e),
		Retryable:  raw.Thing_error_retryable(e),
		JSON:       takeBuffer(raw.Thing_error_json(e)),
	}
	raw.Thing_error_free(e)
	return err
}

// withContext says also why the context ended, when it did.
func (e *Error) withContext(ctx context.Context) *Error {
	if e.Code != ErrCancelled && e.Code != ErrTimeout {
		return e
	}
	why := ctx.Err()
	switch {
	case why == context.DeadlineExceeded:
		e.Code = ErrTimeout // the watcher may have been faster than the library's clock
	case why == nil && e.Code == ErrTimeout:
		why = context.DeadlineExceeded
	case why == nil:
		why = context.Canceled
	}
	e.cause = why
	return e
}

// ended is the error of a context that ended before the call.
func ended(ctx context.Context) *Error {
	code := ErrCancelled
	if ctx.Err() == context.DeadlineExceeded {
		code = ErrTimeout
	}
	return &Error{Code: code, Message: ctx.Err().Error(), cause: ctx.Err()}
}

// takeBuffer copies a buffer of the library, and frees it.
func takeBuffer(buf uintptr) []byte {
	if buf == 0 {
		return nil
	}
	data := raw.Borrowed(raw.Thing_buf_data(buf), raw.Thing_buf_len(buf))
	out := append(make([]byte, 0, len(data)), data...)
	raw.Thing_buf_free(buf)
	return out
}

// codeOf is the code of an error of this package somewhere in a chain; OK for none.
func codeOf(err error) Code {
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	var code Code
	if errors.As(err, &code) {
		return code
	}
	return OK
}
