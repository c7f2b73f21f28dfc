package render

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/trustctl/trustctl/internal/access"
	"github.com/trustctl/trustctl/internal/lint"
	"github.com/trustctl/trustctl/internal/plan"
	"github.com/trustctl/trustctl/internal/trust"
)

type planDocument struct {
	FormatVersion    string           `json:"format_version"`
	TerraformVersion string           `json:"terraform_version"`
	Planned          moduleValues     `json:"planned_values"`
	Changes          []resourceChange `json:"resource_changes"`
	Drift            []resourceChange `json:"resource_drift"`
	PriorState       *priorState      `json:"prior_state"`
	Checks           []any            `json:"checks"`
	Timestamp        string           `json:"timestamp"`
	Applyable        bool             `json:"applyable"`
	Complete         bool             `json:"complete"`
	Errored          bool             `json:"errored"`
	Own              own              `json:"trustctl"`
}

type moduleValues struct {
	Root struct {
		Resources []resource `json:"resources"`
	} `json:"root_module"`
}

type priorState struct {
	FormatVersion    string       `json:"format_version"`
	TerraformVersion string       `json:"terraform_version"`
	Values           moduleValues `json:"values"`
}

// resource is an object; values only where it stands for itself.
type resource struct {
	Address  string `json:"address"`
	Mode     string `json:"mode"`
	Type     string `json:"type"`
	Name     string `json:"name"`
	Index    string `json:"index,omitempty"`
	Provider string `json:"provider_name"`
	Values   any    `json:"values,omitempty"`
}

type resourceChange struct {
	resource
	Previous string `json:"previous_address,omitempty"`
	Change   change `json:"change"`
	Reason   string `json:"action_reason,omitempty"`
}

type change struct {
	Actions         []string   `json:"actions"`
	Before          any        `json:"before"`
	After           any        `json:"after"`
	AfterUnknown    any        `json:"after_unknown"` // an empty object, or true: all of after
	BeforeSensitive struct{}   `json:"before_sensitive"`
	AfterSensitive  struct{}   `json:"after_sensitive"`
	ReplacePaths    [][]string `json:"replace_paths,omitempty"`
	Importing       *importing `json:"importing,omitempty"`
}

type importing struct {
	ID string `json:"id"`
}

type own struct {
	FormatVersion string      `json:"format_version"`
	Version       string      `json:"version"`
	PlanDigest    string      `json:"plan_digest,omitempty"`
	Stack         string      `json:"stack"`
	To            string      `json:"to,omitempty"` // of a transfer
	Mode          plan.Mode   `json:"mode"`
	Sandbox       bool        `json:"sandbox"`
	Partial       bool        `json:"partial"`
	Counts        plan.Counts `json:"counts"`
	Reads         int         `json:"reads"`
	Writes        int         `json:"writes"`
	// Snapshot is what was read in the place of the accounts.
	Snapshot *snapshot `json:"snapshot,omitempty"`
	// Since is what resource_drift is the difference to.
	Since    *snapshot `json:"since,omitempty"`
	Accounts []account `json:"accounts"`
	Problems []problem `json:"problems"`
	// Relation is the worst of all access deltas, of what is opened and closed,
	// and of the session policies; "same" without any.
	Relation         access.Relation        `json:"relation"`
	Access           []accessDelta          `json:"access"`
	Opened           []byProvider           `json:"opened"`
	Closed           []byProvider           `json:"closed"`
	Sessions         []session              `json:"sessions"`
	NewOrganizations []plan.NewOrganization `json:"new_organizations"`
	Findings         []lint.Finding         `json:"findings"`
	Refused          []refusal              `json:"refused"`
	// Unread are the objects of which a snapshot has no more than the name.
	Unread  []string  `json:"known_only_live,omitempty"`
	LastUse []roleUse `json:"last_use"` // of the roles that are deleted or replaced
	Calls   []calls   `json:"calls"`
	Files   []escFile `json:"esc_files"`
}

type snapshot struct {
	Taken  string `json:"taken"`
	Age    int    `json:"age_seconds"`
	Digest string `json:"digest"`
}

type account struct {
	ID      trust.AccountID `json:"id"`
	Name    string          `json:"name"`
	Failure string          `json:"failure,omitempty"`
}

// accessDelta is who gains and who loses by the change of a role.
type accessDelta struct {
	Address string `json:"address"`
	plan.Access
}

// byProvider are roles that a change of a provider opens, or closes.
type byProvider struct {
	Address string   `json:"address"`
	Roles   []string `json:"roles"`
}

// session is what becomes of the session policies in an environment's file.
type session struct {
	Address string `json:"address"`
	plan.Session
}

type problem struct {
	Severity plan.Severity `json:"severity"`
	Address  string        `json:"address,omitempty"`
	Summary  string        `json:"summary"`
	Detail   string        `json:"detail"`
	Pos      trust.Pos     `json:"pos,omitzero"`
}

type refusal struct {
	Address string `json:"address"`
	Reason  string `json:"reason"`
}

// calls are the writes of one task; needs are places in the same list.
type calls struct {
	Address string          `json:"address"`
	Account trust.AccountID `json:"account"`
	Needs   []int           `json:"needs"`
	Calls   []call          `json:"calls"`
}

type call struct {
	Name       string      `json:"name"`
	Parameters []Parameter `json:"parameters"`
}

type escFile struct {
	Environment string      `json:"environment"`
	Path        string      `json:"path"`
	Action      plan.Action `json:"action"`
	Push        plan.Push   `json:"push,omitempty"`   // before or after the apply; nothing where it does not change
	Gap         bool        `json:"gap,omitempty"`    // until it is pushed the environment has no login that works
	Unseen      bool        `json:"unseen,omitempty"` // what Pulumi Cloud has is not at hand
}

// describe takes a resource address apart: aws_iam_role.acme["payments/prod"].
func describe(address string) resource {
	kind, rest, _ := strings.Cut(address, ".")
	name, index, indexed := strings.Cut(rest, "[")
	r := resource{Address: address, Mode: "managed", Type: kind, Name: name, Provider: "registry.terraform.io/hashicorp/aws"}
	if kind == plan.TypeFile {
		r.Provider = "registry.terraform.io/hashicorp/local"
	}
	if key, err := strconv.Unquote(strings.TrimSuffix(index, "]")); indexed && err == nil {
		r.Index = key
	}
	return r
}

func (r resource) with(values any) resource {
	r.Values = values
	return r
}

// values are an object under Terraform's attribute names.
// https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/iam_role
func values(o *plan.Object) any {
	switch {
	case o == nil:
		return nil
	case o.Role != nil:
		return roleValues(o.Role)
	case o.Provider != nil:
		p := o.Provider
		return map[string]any{
			"arn": p.ARN, "url": p.URL, "client_id_list": list(p.ClientIDs),
			"thumbprint_list": list(p.Thumbprints), "tags": tags(p.Tags),
		}
	default:
		return map[string]any{"filename": o.File.Path, "content_sha256": o.File.Hash()}
	}
}

func roleValues(r *trust.Role) any {
	type inlinePolicy struct {
		Name   string `json:"name"`
		Policy string `json:"policy"`
	}
	inline := []inlinePolicy{}
	for _, name := range slices.Sorted(maps.Keys(r.Inline)) {
		inline = append(inline, inlinePolicy{name, r.Inline[name].String()})
	}
	return map[string]any{
		"arn": r.ARN, "name": r.Name, "path": r.Path, "description": null(r.Description),
		"assume_role_policy": r.Trust.String(), "max_session_duration": int(r.MaxSession.Seconds()),
		"permissions_boundary": null(string(r.Boundary)), "managed_policy_arns": list(r.Managed),
		"inline_policy": inline, "tags": tags(r.Tags),
	}
}

func null(s string) any {
	if s == "" {
		return nil
	}
	return s
}

func list[T ~string](l []T) []T { return append([]T{}, l...) }

func tags(t map[string]string) map[string]string {
	if t == nil {
		return map[string]string{}
	}
	return t
}
