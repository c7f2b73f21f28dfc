package apply

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"runtime/debug"
	"time"

	"github.com/trustctl/trustctl/internal/plan"
	"github.com/trustctl/trustctl/internal/trust"
)

// progress is how far a change has come.
type progress struct {
	tasks []int // by index
	ended int   // tasks that came to a good end
	begun bool  // the observer was told of its start
	told  bool  // and of its end

	done     []string // steps carried out
	failed   string   // the step that failed
	left     []string // what its task has after that
	err      error
	writes   int
	duration time.Duration

	// What was done to the object, which IAM may take a while to see.
	created, deleted, detached bool
}

// BugError is a panic in a run: a mistake of trustctl's, which stops one
// change and not the others.
type BugError struct {
	Value any
	Stack []byte
}

func (e *BugError) Error() string {
	return fmt.Sprintf("this is a bug in trustctl, please report it: %v", e.Value)
}

// guarded calls f and makes an error of a panic.
func guarded(f func() error) (err error) {
	defer func() {
		if value := recover(); value != nil {
			err = &BugError{Value: value, Stack: debug.Stack()}
		}
	}()
	return f()
}

// task carries out a task's steps, up to the first that fails.
func (r *run) task(t plan.Task) {
	c, change := r.changes[t.Change], r.plan.Changes[t.Change]
	if err := r.full.keeps(t.Account, t.Steps[0]); err != nil && !c.begun {
		c.err, c.left = err, stepNames(t.Steps) // nobody is told of what is not tried
		return
	}
	began := r.Now()
	c.err = guarded(func() error {
		if !c.begun {
			c.begun = true
			r.Observer.Start(change)
		}
		return r.steps(t, change, c)
	})
	c.duration += r.Now().Sub(began)
	if c.err == nil {
		c.ended++
	}
	if c.err != nil || c.ended == len(c.tasks) {
		c.told = true
		if err := guarded(func() error { r.Observer.End(change, c.err); return nil }); c.err == nil {
			c.err = err
		}
	}
}

func (r *run) steps(t plan.Task, change plan.Change, c *progress) error {
	names := stepNames(t.Steps)
	for i, s := range t.Steps {
		c.failed, c.left = "", names[i:]
		if r.stop.Err() != nil {
			return interrupted(context.Cause(r.stop))
		}
		if e := r.refused.of(t.Account); e != nil && calls(t) {
			return e
		}
		if err := r.full.keeps(t.Account, s); err != nil {
			return err
		}
		c.failed, c.left = names[i], names[i+1:]
		r.Observer.Step(change, names[i])
		err := r.step(t, change, c, s)
		if r.full.note(t.Account, s, err); err != nil {
			return err
		}
		c.done = append(c.done, names[i])
	}
	c.failed, c.left = "", nil
	return nil
}

// interrupted is the error of a change that cause kept from its next step.
func interrupted(cause error) error {
	if errors.Is(cause, ErrInterrupted) {
		return cause
	}
	return fmt.Errorf("%w: %w", ErrInterrupted, cause)
}

// step carries out one step. IAM takes a while to see its own writes, so a
// refusal that may only mean that is tried again, for as long as patience
// lasts and nobody interrupts.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html#troubleshoot_general_eventual-consistency
func (r *run) step(t plan.Task, change plan.Change, c *progress, s plan.Step) error {
	if isFile, err := r.file(s); isFile {
		// The file is as it is, whether or not the log takes it: a log that fails ends the run.
		_ = r.audit(t.Account, s, traced{parameters: fileParameters(s)}, err, err != nil)
		return r.stepError(change, s, err)
	}
	client, err := r.clients(t.Account)
	if err != nil {
		return r.stepError(change, s, err)
	}
	retried := func() { r.Observer.Retry(change, stepName(s)) }
	deadline := r.Now().Add(r.Patience)
	for wait := time.Second; ; wait = min(2*wait, 10*time.Second) {
		again, sent, err := r.try(client, t.Account, c, s, retried)
		if err == nil {
			c.note(s)
			c.writes++
			return nil
		}
		var broken *brokenOff
		if errors.As(err, &broken) {
			if broken.last != nil {
				return r.notAgain(change, s, broken.last)
			}
			c.failed, c.left = "", append([]string{stepName(s)}, c.left...)
			return interrupted(context.Cause(r.stop))
		}
		if withoutCredentials(err) {
			refused := r.refused.note(t.Account, r.stepError(change, s, err))
			if clean := sent == 0 || sent == 1 && !noneToSignWith(err); clean {
				c.failed, c.left = "", append([]string{stepName(s)}, c.left...)
				return refused
			}
			// An earlier attempt may have been carried out: that is the change's own trouble.
			return r.stepError(change, s, err)
		}
		if !again || r.Now().Add(wait).After(deadline) {
			return r.stepError(change, s, err)
		}
		if r.Sleep(r.stop, wait) != nil {
			return r.notAgain(change, s, err)
		}
		if r.refused.of(t.Account) != nil {
			return r.stepError(change, s, err)
		}
		retried()
	}
}

// file carries out a step on a file, if it is one.
func (r *run) file(s plan.Step) (isFile bool, err error) {
	switch s := s.(type) {
	case plan.WriteEnvironmentFile:
		return true, r.files.Write(s.File, r.Force)
	case plan.RemoveEnvironmentFile:
		return true, r.files.Remove(s.File, r.Force)
	}
	return false, nil
}

// try makes a step's call once; again says that the error may pass by itself,
// sent how many attempts went out. retried is called whenever the SDK makes
// the call again.
func (r *run) try(client IAM, account trust.AccountID, c *progress, s plan.Step, retried func()) (again bool, sent int, err error) {
	attempts := attempts{r: r, again: retried}
	ctx, end := attempts.begin()
	defer end()
	var t traced
	err = call(ctx, client, s, attempts.option, t.trace)
	broken := attempts.interrupted(err)
	if broken && t.attempts == 0 {
		return false, 0, &brokenOff{}
	}
	if broken {
		err = attempts.last
	}
	answer := err
	defer func() { _ = r.audit(account, s, t, answer, err != nil) }()
	ctx, cancel := context.WithDeadline(r.calls, attempts.deadline) // what was begun is looked at
	defer cancel()
	switch {
	case err == nil, removes(s) && isCode(err, noSuchEntity):
		return false, t.attempts, nil // what was to go is gone
	case attempts.sent > 1 && isCode(err, accessDenied) && gone(ctx, client, s):
		return false, t.attempts, nil
	case isCode(err, entityAlreadyExists):
		unseen, err := settle(ctx, client, s, r.plan.Stack, err)
		return err != nil && (unseen || c.deleted), t.attempts, err
	case broken:
		return false, t.attempts, &brokenOff{err}
	}
	return c.passing(s, err), t.attempts, err
}

// note keeps in mind what IAM may not see at once.
func (c *progress) note(s plan.Step) {
	switch s.(type) {
	case plan.CreateRole, plan.CreateOpenIDConnectProvider:
		c.created = true
	case plan.DetachRolePolicy, plan.DeleteRolePolicy:
		c.detached = true
	case plan.DeleteRole, plan.DeleteOpenIDConnectProvider:
		c.created, c.deleted = false, true
	}
}

// stepNames are the steps' names as IAM spells them.
func stepNames(steps []plan.Step) []string {
	var names []string
	for _, s := range steps {
		names = append(names, stepName(s))
	}
	return names
}

func stepName(s plan.Step) string { return reflect.TypeOf(s).Name() }
