package thing

import (
	"encoding/json"

	"thing/internal/raw"
)

// LogLevel is how much is logged.
type LogLevel int32

// Levels; LogArgs is or-ed in.
const (
	LogOff   LogLevel = 0
	LogError LogLevel = 1
	LogWarn  LogLevel = 2
	LogInfo  LogLevel = 3
	LogDebug LogLevel = 4  // SQL
	LogArgs  LogLevel = 16 // the values of statements, too
)

// LogLine is a line of the log: {"level":"debug","event":"sql","sql":...,"us":12,"rows":1}.
type LogLine struct {
	Level LogLevel
	JSON  json.RawMessage
}

// Logger is an option of Open: log gets the lines up to level from the first one on that comes after opening.
func Logger(level LogLevel, log func(LogLine)) Option {
	return func(s *settings) { s.logLevel, s.log = level, log }
}

// SetLog sends lines up to level to log, on the goroutines that make the calls; nil: to nobody. What log panics with is
// dropped.
func (db *DB) SetLog(level LogLevel, log func(LogLine)) {
	if log == nil {
		raw.LogSet(db.handle, int32(LogOff), nil)
		return
	}
	raw.LogSet(db.handle, int32(level), func(level int32, line []byte) {
		defer func() { _ = recover() }() // nothing may unwind through C
		log(LogLine{LogLevel(level), append(json.RawMessage(nil), line...)})
	})
}
