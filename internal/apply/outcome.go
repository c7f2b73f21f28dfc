package apply

import "errors"

// result sorts the changes into the three lists.
func (r *run) result() Result {
	result, reasons := Result{Unaudited: r.unaudited, Refused: r.refused.all()}, reasons{r, map[int]int{}}
	for i, change := range r.plan.Changes {
		c := r.changes[i]
		if c == nil {
			continue // nothing to do
		}
		o := Outcome{
			Change: i, Address: change.Address, Resource: change.Resource, Action: change.Action,
			Steps: c.done, Failed: c.failed, Left: append(c.left, r.left(c)...), Err: c.err, Duration: c.duration,
		}
		result.Writes += c.writes
		switch {
		case c.err == nil && c.ended == len(c.tasks):
			result.Done = append(result.Done, o)
			continue
		case c.err == nil:
			o.Err = reasons.of(c)
			result.NotTried = append(result.NotTried, o)
		case (errors.Is(c.err, ErrInterrupted) || isRefused(c.err) || isFull(c.err)) && len(c.done) == 0 && c.failed == "":
			result.NotTried = append(result.NotTried, o)
		default:
			result.Failed = append(result.Failed, o)
		}
		result.Interrupted = result.Interrupted || errors.Is(o.Err, ErrInterrupted)
		if c.begun && !c.told {
			r.Observer.End(change, o.Err)
		}
	}
	return result
}

// reasons say of changes why they were not tried. They keep in mind what they
// found out about a task: many rest on the same ones.
type reasons struct {
	*run
	culprits map[int]int // by task: the failed change that it rests on, however far; -1: none
}

// culprit is the failed change that a task rests on, or -1.
func (r reasons) culprit(task int) int {
	if c, known := r.culprits[task]; known {
		return c
	}
	r.culprits[task] = -1
	for _, need := range r.tasks[task].Needs {
		c := r.tasks[need].Change
		if r.changes[c].err == nil {
			c = r.culprit(need)
		}
		if c >= 0 {
			r.culprits[task] = c
			break
		}
	}
	return r.culprits[task]
}

// of is the reason for which a change was not tried: the failed change that it
// rests on, its account's credentials, or the interrupt.
func (r reasons) of(change *progress) error {
	for _, i := range change.tasks {
		c := r.culprit(i)
		if c >= 0 && isFull(r.changes[c].err) {
			return r.changes[c].err
		}
		if c >= 0 && !errors.Is(r.changes[c].err, ErrInterrupted) && !isRefused(r.changes[c].err) {
			return &NeedError{Resource: r.plan.Changes[c].Resource}
		}
	}
	if e := r.refused.of(r.tasks[change.tasks[0]].Account); e != nil {
		return e
	}
	return ErrInterrupted
}

func isRefused(err error) bool {
	var e *CredentialsError
	return errors.As(err, &e)
}

func isFull(err error) bool {
	var e *QuotaError
	return errors.As(err, &e)
}

// left are the steps of a change's tasks that were not begun.
func (r *run) left(change *progress) []string {
	var names []string
	for _, i := range change.tasks {
		if !r.queue.begun[i] {
			names = append(names, stepNames(r.tasks[i].Steps)...)
		}
	}
	return names
}
