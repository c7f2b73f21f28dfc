package main

import (
	"context"
	"fmt"
	"runtime/debug"
)

// within gives what f computes, or ends before it does, with the context:
// what takes the processor asks no context. What f is at then ends with the
// process, which is about to.
func within[T any](ctx context.Context, f func() T) (T, error) {
	type end struct {
		value T
		bug   any
		stack []byte
	}
	ended := make(chan end, 1)
	go func() {
		var e end
		defer func() {
			if e.bug = recover(); e.bug != nil {
				e.stack = debug.Stack()
			}
			ended <- e
		}()
		e.value = f()
	}()
	select {
	case e := <-ended:
		if e.bug != nil {
			panic(fmt.Sprintf("%v\n\n%s", e.bug, e.stack)) // where guard makes an error of it
		}
		return e.value, nil
	case <-ctx.Done():
		var none T
		return none, context.Cause(ctx)
	}
}
