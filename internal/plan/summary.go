package plan

// Counts are how many objects a plan brings, changes and takes away.
type Counts struct {
	Import  int `json:"import"`
	Add     int `json:"add"`
	Change  int `json:"change"`
	Destroy int `json:"destroy"`
	Forget  int `json:"forget"`
}

// Counts counts as Terraform does: a replacement is one to add and one to
// destroy, an adoption that changes more than marks is one to import and one
// to change. What the plan refuses doesn't count.
func (p *Plan) Counts() Counts {
	var n Counts
	for _, ch := range p.Changes {
		if ch.Refused != "" {
			continue
		}
		switch ch.Action {
		case Create:
			n.Add++
		case Update:
			n.Change++
		case Replace:
			n.Add++
			n.Destroy++
		case Delete:
			n.Destroy++
		case Forget:
			n.Forget++
		case Adopt:
			n.Import++
			if ch.ChangesMore() {
				n.Change++
			}
		}
	}
	return n
}

// ChangesMore says whether a change touches any field besides our marks.
func (c Change) ChangesMore() bool {
	if c.Unread {
		return true // for all that is known
	}
	for _, f := range c.Fields {
		if !f.IsMark() {
			return true
		}
	}
	return false
}

// Pending says whether anything differs from the configuration.
func (p *Plan) Pending() bool {
	for _, ch := range p.Changes {
		if ch.Action != NoOp {
			return true
		}
	}
	return false
}

// Drifted says whether anything changed since.
func (p *Plan) Drifted() bool { return len(p.Drift) > 0 }

// Errored says whether the plan may not be applied.
func (p *Plan) Errored() bool {
	for _, problem := range p.Problems {
		if problem.Severity == Error {
			return true
		}
	}
	return false
}

// Writes is the number of IAM calls that the plan makes; files are none.
func (p *Plan) Writes() int {
	n := 0
	for _, ch := range p.Changes {
		for _, s := range ch.Steps() {
			switch s.(type) {
			case WriteEnvironmentFile, RemoveEnvironmentFile:
			default:
				n++
			}
		}
	}
	return n
}
