//go:build go1.23

package thing

import (
	"context"
	"errors"
	"iter"
)

var errEnough = errors.New("enough")

// Iter is the records one after the other, for range; as Each. An error comes last, with nil.
func (q Query[T]) Iter(ctx context.Context) iter.Seq2[*T, error] {
	return func(yield func(*T, error) bool) {
		err := q.Each(ctx, func(obj *T) error {
			if !yield(obj, nil) {
				return errEnough
			}
			return nil
		})
		if err != nil && err != errEnough {
			yield(nil, err)
		}
	}
}
