package render

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/trustctl/trustctl/internal/lint"
	"github.com/trustctl/trustctl/internal/plan"
	"github.com/trustctl/trustctl/internal/trust"
	"github.com/trustctl/trustctl/internal/visible"
)

// The versions that a plan's JSON states. Its shape is Terraform's:
// https://developer.hashicorp.com/terraform/internals/json-format
const (
	planFormat       = "1.2"
	stateFormat      = "1.0"
	terraformVersion = "1.9.0" // whose shape it is: tools know a plan by this key
	ownFormat        = "1.0"   // of what is under the key trustctl
)

// JSON is a plan in the shape of terraform show -json, with Terraform's names
// of types and attributes, so that tools that read Terraform's plans read it.
// What Terraform has no word for is under the one key trustctl.
func JSON(r Report) ([]byte, error) {
	p := r.Plan
	doc := planDocument{
		FormatVersion: planFormat, TerraformVersion: terraformVersion,
		PriorState: &priorState{FormatVersion: stateFormat, TerraformVersion: terraformVersion},
		Changes:    []resourceChange{}, Drift: []resourceChange{}, Checks: []any{},
		Timestamp: r.Timestamp.UTC().Format(time.RFC3339),
		Applyable: p.Pending() && !p.Errored(), Complete: !p.Partial && !p.Errored(), Errored: p.Errored(),
		Own: facts(r),
	}
	doc.Planned.Root.Resources, doc.PriorState.Values.Root.Resources = []resource{}, []resource{}
	for _, ch := range p.Changes {
		before, after := values(ch.Before), values(ch.After)
		if ch.Unread {
			before = nil
		}
		object := describe(ch.Resource)
		if before != nil {
			doc.PriorState.Values.Root.Resources = append(doc.PriorState.Values.Root.Resources, object.with(before))
		}
		if after != nil && ch.Action != plan.Forget {
			doc.Planned.Root.Resources = append(doc.Planned.Root.Resources, object.with(after))
		}
		doc.Changes = append(doc.Changes, changeOf(ch, object, before, after))
	}
	for _, ch := range p.Drift {
		drifted := changeOf(ch, describe(ch.Resource), values(ch.Before), values(ch.After))
		if ch.Unread { // nothing is known of it but its name, which the address tells
			drifted.Change.After, drifted.Change.AfterUnknown = nil, true
		}
		doc.Drift = append(doc.Drift, drifted)
	}
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(doc); err != nil {
		return nil, fmt.Errorf("rendering the plan: %w", err)
	}
	return visible.JSON(out.Bytes()), nil
}

// changeOf is a change in Terraform's words. An adoption is an import; one
// that changes nothing but our marks is a no-op with it.
func changeOf(ch plan.Change, r resource, before, after any) resourceChange {
	out := resourceChange{resource: r, Previous: ch.Previous, Change: change{
		Actions: actions(ch), Before: before, After: after,
		AfterUnknown: struct{}{}, BeforeSensitive: struct{}{}, AfterSensitive: struct{}{},
	}}
	switch ch.Action {
	case plan.Delete:
		out.Reason = "delete_because_no_resource_config"
	case plan.Forget:
		out.Change.After = nil
	case plan.Replace:
		out.Reason = "replace_because_cannot_update"
		for _, f := range ch.Fields {
			if f.Name == "name" || f.Name == "path" {
				out.Change.ReplacePaths = append(out.Change.ReplacePaths, []string{f.Name})
			}
		}
	case plan.Adopt:
		out.Change.Importing = &importing{ID: ch.Before.Role.Name}
	}
	return out
}

func actions(ch plan.Change) []string {
	switch ch.Action {
	case plan.Create:
		return []string{"create"}
	case plan.Update:
		return []string{"update"}
	case plan.Replace:
		return []string{"delete", "create"}
	case plan.Delete:
		return []string{"delete"}
	case plan.Forget:
		return []string{"forget"}
	case plan.Adopt:
		if ch.ChangesMore() {
			return []string{"update"}
		}
	}
	return []string{"no-op"}
}

// facts are what Terraform's shape has no place for.
func facts(r Report) own {
	p := r.Plan
	f := own{
		FormatVersion: ownFormat, Version: r.Version, PlanDigest: r.PlanDigest, Stack: p.Stack, To: p.To, Mode: p.Mode,
		Sandbox: p.Sandbox, Partial: p.Partial, Counts: p.Counts(), Reads: r.Reads, Writes: p.Writes(),
		Accounts: []account{}, Problems: []problem{}, Refused: []refusal{}, Calls: []calls{}, Files: []escFile{}, LastUse: []roleUse{},
		Relation: p.Relation(), Access: []accessDelta{}, Opened: []byProvider{}, Closed: []byProvider{}, Sessions: []session{}, Findings: append([]lint.Finding{}, r.Findings...), NewOrganizations: append([]plan.NewOrganization{}, p.NewOrganizations...),
	}
	for _, a := range p.Accounts {
		f.Accounts = append(f.Accounts, account{a.ID, a.Name, a.Failure})
	}
	if s := p.Snapshot; s != nil {
		f.Snapshot = &snapshot{s.Taken.UTC().Format(time.RFC3339), int(s.Age.Seconds()), s.Digest}
	}
	if s := p.Since; s != nil {
		f.Since = &snapshot{s.Taken.UTC().Format(time.RFC3339), int(s.Age.Seconds()), s.Digest}
	}
	names := resourceNames(p)
	for _, ch := range slices.Concat(p.Changes, p.Drift) {
		if ch.Access != nil {
			f.Access = append(f.Access, accessDelta{ch.Resource, *ch.Access})
		}
		if len(ch.Opens) > 0 {
			f.Opened = append(f.Opened, byProvider{ch.Resource, ch.Opens})
		}
		if len(ch.Closes) > 0 {
			f.Closed = append(f.Closed, byProvider{ch.Resource, ch.Closes})
		}
		if ch.Session != nil {
			f.Sessions = append(f.Sessions, session{ch.Resource, *ch.Session})
		}
		if ch.Unread {
			f.Unread = append(f.Unread, ch.Resource)
		}
		if ch.LastUse != nil {
			f.LastUse = append(f.LastUse, roleUse{ch.Resource, *ch.LastUse})
		}
		if ch.Refused != "" {
			f.Refused = append(f.Refused, refusal{ch.Resource, ch.Refused})
		}
		if ch.Address.Kind == trust.KindFile {
			o := ch.After
			if o == nil {
				o = ch.Before
			}
			f.Files = append(f.Files, escFile{o.File.Environment, p.Shown(o.File), ch.Action, ch.Push, ch.Gap, ch.Unseen})
		}
	}
	for _, x := range p.Problems {
		f.Problems = append(f.Problems, problem{x.Severity, names[x.Address], x.Summary, x.Detail, x.Pos})
	}
	for _, task := range p.Schedule() {
		c := calls{Address: p.Changes[task.Change].Resource, Account: task.Account, Needs: append([]int{}, task.Needs...)}
		for _, s := range task.Steps {
			name, parameters := Call(s)
			c.Calls = append(c.Calls, call{name, parameters})
		}
		f.Calls = append(f.Calls, c)
	}
	return f
}
