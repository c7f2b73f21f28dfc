// Package plan compares two states and says what would change, as data: the
// changes, the exact IAM calls that each needs, and the order in which they
// may run. It computes everything and does nothing: package apply walks a
// Plan's tasks, package render shows them.
package plan

import (
	"github.com/trustctl/trustctl/internal/trust"
)

// Mode says what a plan is for.
type Mode string

// The modes.
const (
	ModeApply    Mode = "apply"
	ModeDestroy  Mode = "destroy"
	ModeRefresh  Mode = "refresh-only" // what changed since; nothing is planned
	ModeTransfer Mode = "transfer"     // of a stack's marks to another stack
)

// Action is what happens to one object.
type Action string

// The actions. Replace and Delete both count for the guard and max_deletes.
const (
	NoOp    Action = "no-op"
	Create  Action = "create"
	Update  Action = "update"
	Replace Action = "replace" // delete, then create
	Delete  Action = "delete"
	Adopt   Action = "adopt"  // take over an object that nobody's mark is on
	Forget  Action = "forget" // take our marks off, of a file its first line, and leave the object
)

// Plan is the difference of two states.
type Plan struct {
	Stack    string                              `json:"stack"`
	To       string                              `json:"to,omitempty"` // of a transfer: the stack that gets what Stack has
	Mode     Mode                                `json:"mode"`
	Choices  Choices                             `json:"choices"`  // what was asked for
	Accounts []trust.Account                     `json:"accounts"` // declared and read, with failures
	Changes  []Change                            `json:"changes"`  // sorted by Address, no-ops included
	Base     map[trust.Address]trust.Fingerprint `json:"base"`     // what was read, of every object that a change touches
	Problems []Problem                           `json:"problems,omitempty"`
	// NewOrganizations are those that get their first audience in an account.
	facts            *accessFacts      // of a plan that was computed
	NewOrganizations []NewOrganization `json:"new_organizations,omitempty"`
	Partial          bool              `json:"partial,omitempty"` // -target, -exclude, -account: part of the configuration only
	Sandbox          bool              `json:"sandbox,omitempty"`
	Folder           string            `json:"folder,omitempty"` // of the ESC files, as messages spell it
	// Drift is what changed since the snapshot Since; ModeRefresh alone has it.
	Drift    []Change  `json:"drift,omitempty"`
	Since    *Snapshot `json:"since,omitempty"`
	Snapshot *Snapshot `json:"snapshot,omitempty"` // what stands for the accounts; nil: they were read
	Declared *Declared `json:"declared,omitempty"` // what findings rest on besides; a plan that is saved has it
}

// Severity of a Problem.
type Severity string

// The severities. A plan with an error is shown whole and never applied.
const (
	Error   Severity = "error"
	Warning Severity = "warning"
)

// Problem is something that the plan refuses or that the reader must know.
type Problem struct {
	Severity Severity      `json:"severity"`
	Address  trust.Address `json:"address,omitzero"`
	Summary  string        `json:"summary"` // short and constant
	Detail   string        `json:"detail"`  // what, why, what to do
	Pos      trust.Pos     `json:"pos,omitzero"`
}

// Object is one object of a state; exactly one field is set.
type Object struct {
	Provider *trust.OIDCProvider    `json:"provider,omitempty"`
	Role     *trust.Role            `json:"role,omitempty"`
	File     *trust.EnvironmentFile `json:"file,omitempty"`
}

// Change is what happens to one object. Before and After are in canonical
// form; Before is nil for a Create, After for a Delete.
type Change struct {
	Address  trust.Address `json:"address"`
	Resource string        `json:"resource"` // Terraform's way to say it: aws_iam_role.acme["payments/prod"]
	// Previous is the resource address of a role that served another
	// environment before, and serves the changed one from now on.
	Previous string        `json:"previous,omitempty"`
	Action   Action        `json:"action"`
	Reason   string        `json:"reason,omitempty"`  // for people; nothing decides by it
	Refused  string        `json:"refused,omitempty"` // why this change may not be applied; its steps are then none
	Before   *Object       `json:"before,omitempty"`
	After    *Object       `json:"after,omitempty"`
	Fields   []FieldChange `json:"-"` // which fields differ, in the language's order: follows from Before and After
	// Opens are roles that this change of a provider lets tokens into by what
	// their trust says already; Closes are those that it keeps tokens out of.
	Opens  []string `json:"opens,omitempty"`
	Closes []string `json:"closes,omitempty"`
	// Session is what becomes of the session policies in an environment's file.
	Session *Session `json:"session,omitempty"`
	// Unread is set where a snapshot has no more than the name of the object, or
	// not who trusts a provider: Before is the name alone, what is known of the
	// access is nothing, and only a plan of the accounts can be carried out.
	Unread bool `json:"known_only_live,omitempty"`
	// LastUse is that of a role which is deleted or replaced, and of no other.
	LastUse *LastUse `json:"last_use,omitempty"`
	Access  *Access  `json:"access,omitempty"` // who gains and who loses; nil where nothing of that changes
	// Push is when the file goes to Pulumi Cloud. Gap says that the environment
	// has no login that works from the change until then: lifecycle.overlap
	// makes both work.
	Push Push `json:"push,omitempty"`
	Gap  bool `json:"gap,omitempty"`
	// Unseen says that the role is there already, and the file that Pulumi Cloud
	// has is not: Push is then the moment that is safe whatever that file says,
	// or PushAfter where none is.
	Unseen bool `json:"unseen,omitempty"`
}

// FieldChange is one field that differs, under the attribute name of the
// language: description, trust, max_session_duration, permissions_boundary,
// managed_policies, inline_policies, tags, path, name; client_ids,
// thumbprints; content.
type FieldChange struct {
	Name    string   `json:"name"`
	Key     string   `json:"key,omitempty"` // inline policy name, tag key; "" for the whole field
	Before  *string  `json:"before,omitempty"`
	After   *string  `json:"after,omitempty"`
	Added   []string `json:"added,omitempty"`   // of a set
	Removed []string `json:"removed,omitempty"` // of a set
}

// Task is a part of a change that runs as one: its steps in order, after the
// tasks it needs have succeeded. Tasks without a path between them run side
// by side.
type Task struct {
	Change  int // index into Plan.Changes
	Account trust.AccountID
	Stage   Stage
	Steps   []Step
	Needs   []int // tasks that must have succeeded
}

// Stage is the place of a task in a run: lower stages are started first.
type Stage int

// The stages. A revocation never waits for a grant: StageRevoke needs nothing
// of StageProvider.
const (
	StageRelease  Stage = iota - 1 // ESC files that are forgotten: before their roles, after which nobody would know of them
	StageProvider                  // marks, providers and audiences that grants need
	StageRevoke                    // roles whose trust only narrows, deletions
	StageRole                      // the other roles
	StageRetire                    // audiences and providers that go
	StageFile                      // ESC files
)

// OfFiles says whether a stage is one of files alone, which takes no call.
func (s Stage) OfFiles() bool { return s == StageFile || s == StageRelease }

// String is a stage's name, for people.
func (s Stage) String() string {
	return [...]string{"release", "provider", "revoke", "role", "retire", "file"}[s-StageRelease]
}
