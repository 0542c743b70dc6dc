//go:build go1.21

package thing

import (
	"context"
	"encoding/json"
	"log/slog"
	"sort"
)

// Slog is an option of Open that sends lines up to level to a logger: the event is the message, all else are attributes.
func Slog(logger *slog.Logger, level LogLevel) Option {
	return Logger(level, SlogFunc(logger))
}

// SlogFunc is what SetLog takes to send lines to a logger.
func SlogFunc(logger *slog.Logger) func(LogLine) {
	return func(line LogLine) {
		var members map[string]any
		if decodeJSON(line.JSON, &members) != nil {
			return
		}
		event, _ := members["event"].(string)
		delete(members, "event")
		delete(members, "level")
		attrs := make([]slog.Attr, 0, len(members))
		for name, value := range members {
			if number, ok := value.(json.Number); ok {
				if n, err := number.Int64(); err == nil {
					value = n
				}
			}
			attrs = append(attrs, slog.Any(name, value))
		}
		sort.Slice(attrs, func(i, j int) bool { return attrs[i].Key < attrs[j].Key })
		logger.LogAttrs(context.Background(), slogLevel(line.Level), "thing: "+event, attrs...)
	}
}

func slogLevel(level LogLevel) slog.Level {
	switch level {
	case LogError:
		return slog.LevelError
	case LogWarn:
		return slog.LevelWarn
	case LogInfo:
		return slog.LevelInfo
	}
	return slog.LevelDebug
}
