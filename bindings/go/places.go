package thing

import (
	"context"
	"sync/atomic"
)

// placesBeside is how many calls may be in the library beside those that have a connection: answers from Redis need none,
// and who waits for a connection is next in line.
const placesBeside = 64

// places bounds the calls that are in the library at the same time: each of them has a thread of the system, of which Go
// ends the process at 10000. Who finds no place waits as a goroutine, without a thread.
//
// A call that its goroutine needs to get rid of a connection waits for nobody: those of a transaction, of a cursor, and of
// hooks. And a call gives its place back when its first hook runs, as that may begin other calls.
type places struct {
	most    int64
	used    atomic.Int64
	waiting atomic.Int64
	freed   chan struct{}
}

func (p *places) start(connections int) {
	p.most = int64(connections) + placesBeside
	p.freed = make(chan struct{}, p.most)
}

// take waits for a place, or for the end of ctx.
func (p *places) take(ctx context.Context) error {
	for p.used.Add(1) > p.most {
		p.waiting.Add(1)
		if p.used.Add(-1) >= p.most { // else one was given back before its giver could see that we wait
			select {
			case <-p.freed:
			case <-ctx.Done():
				p.waiting.Add(-1)
				return ended(ctx)
			}
		}
		p.waiting.Add(-1)
	}
	return nil
}

func (p *places) give() {
	p.used.Add(-1)
	if p.waiting.Load() == 0 {
		return
	}
	select {
	case p.freed <- struct{}{}:
	default: // as many as there are places are told already
	}
}

// place is what one call has of places; the zero place is none.
type place struct{ of *places }

func (p *place) give() {
	if p.of != nil {
		p.of.give()
		p.of = nil
	}
}
