package privilege

import (
	"slices"

	"github.com/trustctl/trustctl/internal/plan"
	"github.com/trustctl/trustctl/internal/policy"
	"github.com/trustctl/trustctl/internal/trust"
)

// call is a step of a plan, the action that it asks for, and what has to be
// granted for it: nothing where this configuration never takes the step.
type call struct {
	step   plan.Step
	action string
	grants func(*facts) []grant
}

// calls are all steps that make a call to IAM, with the condition keys that
// AWS's reference has for each action.
//
// Creating with tags asks for the tagging too, and both are authorized with
// the tags that are sent as aws:ResourceTag. So a role, or provider, that
// carries our mark is the only one that may be tagged: whether it was there or
// is being made.
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-resourcetag
func calls() []call {
	return []call{
		{plan.CreateOpenIDConnectProvider{}, "iam:CreateOpenIDConnectProvider", func(f *facts) []grant {
			return f.applying(grant{sid: "CreateProviders", resources: f.declared(every), conditions: f.marking()})
		}},
		{plan.AddClientIDToOpenIDConnectProvider{}, "iam:AddClientIDToOpenIDConnectProvider", func(f *facts) []grant {
			return f.applying(grant{sid: "Audiences", resources: f.declared(every)})
		}},
		// A provider is shared: on others' we have nothing but audiences and
		// their marks, and no key tells whose an audience is.
		{plan.RemoveClientIDFromOpenIDConnectProvider{}, "iam:RemoveClientIDFromOpenIDConnectProvider", func(f *facts) []grant {
			return []grant{{sid: "Audiences", resources: f.issuers()}, f.ownProviders()}
		}},
		{plan.UpdateOpenIDConnectProviderThumbprint{}, "iam:UpdateOpenIDConnectProviderThumbprint", func(f *facts) []grant {
			pinned := f.declared(func(p trust.OIDCProvider) bool { return p.Thumbprints != nil })
			return f.applying(grant{sid: "PinProviders", resources: pinned, conditions: f.marked()})
		}},
		{plan.TagOpenIDConnectProvider{}, "iam:TagOpenIDConnectProvider", func(f *facts) []grant {
			return []grant{f.audienceMarks(), f.ownProviders()}
		}},
		{plan.UntagOpenIDConnectProvider{}, "iam:UntagOpenIDConnectProvider", func(f *facts) []grant {
			return []grant{f.audienceMarks(), f.ownProviders()}
		}},
		{plan.DeleteOpenIDConnectProvider{}, "iam:DeleteOpenIDConnectProvider", func(f *facts) []grant {
			return []grant{f.ownProviders()}
		}},

		{plan.CreateRole{}, "iam:CreateRole", func(f *facts) []grant {
			all := f.applying(grant{sid: "CreateRoles", resources: f.names(func(r trust.Role) bool { return r.Boundary == "" }), conditions: f.marking()})
			for _, g := range f.groups(boundary) {
				all = append(all, f.applying(grant{sid: "CreateRoles", resources: g.names, conditions: append(f.marking(), equals("iam:PermissionsBoundary", g.values...))})...)
			}
			return all
		}},
		{plan.UpdateRole{}, "iam:UpdateRole", func(f *facts) []grant {
			return f.writing(func(r trust.Role) bool { return !ignores(r, "description") || !ignores(r, "max_session_duration") })
		}},
		{plan.UpdateAssumeRolePolicy{}, "iam:UpdateAssumeRolePolicy", func(f *facts) []grant {
			return f.writing(func(r trust.Role) bool { return !ignores(r, "trust") })
		}},
		{plan.PutRolePolicy{}, "iam:PutRolePolicy", func(f *facts) []grant {
			return f.writing(func(r trust.Role) bool { return len(r.Inline) > 0 })
		}},
		// A mark is put on what has none only to adopt it.
		{plan.TagRole{}, "iam:TagRole", func(f *facts) []grant {
			adopted := f.names(func(r trust.Role) bool { return r.Lifecycle.Adopt })
			unmarked := policy.Condition{Operator: "Null", Key: ourTag, Values: []string{"true"}}
			return append(f.writing(every), f.applying(grant{sid: "AdoptRoles", resources: adopted, conditions: append(f.marking(), unmarked)})...)
		}},
		{plan.PutRolePermissionsBoundary{}, "iam:PutRolePermissionsBoundary", func(f *facts) []grant {
			var all []grant
			for _, g := range f.groups(func(r trust.Role) []string {
				if ignores(r, "permissions_boundary") {
					return nil
				}
				return boundary(r)
			}) {
				all = append(all, f.applying(grant{sid: "BoundRoles", resources: g.names, conditions: append(f.marked(), equals("iam:PermissionsBoundary", g.values...))})...)
			}
			return all
		}},
		{plan.DeleteRolePermissionsBoundary{}, "iam:DeleteRolePermissionsBoundary", func(f *facts) []grant {
			return f.writing(func(r trust.Role) bool {
				return r.Boundary == "" && !r.KeepBoundary && !ignores(r, "permissions_boundary")
			})
		}},
		{plan.AttachRolePolicy{}, "iam:AttachRolePolicy", func(f *facts) []grant {
			var all []grant
			for _, g := range f.groups(managed) {
				attached := policy.Condition{Operator: "ArnEquals", Key: "iam:PolicyARN", Values: quoted(g.values)}
				all = append(all, f.applying(grant{sid: "AttachPolicies", resources: g.names, conditions: append(f.marked(), attached)})...)
			}
			return all
		}},
		// What is taken away may be a policy that anybody attached, from a role
		// that is declared no longer.
		{plan.DetachRolePolicy{}, "iam:DetachRolePolicy", (*facts).emptying},
		{plan.DeleteRolePolicy{}, "iam:DeleteRolePolicy", (*facts).emptying},
		{plan.UntagRole{}, "iam:UntagRole", func(f *facts) []grant { return []grant{f.ownRoles()} }},
		{plan.DeleteRole{}, "iam:DeleteRole", func(f *facts) []grant {
			if !f.deletes() {
				return nil
			}
			return []grant{f.ownRoles()}
		}},
	}
}

// reads are what a plan asks an account, and an apply before and after it
// writes. That a role is read by its name is rare, and it may be any: one that
// only one of the lists had. A provider is read that a role of ours trusts,
// also when its issuer is declared no longer.
func reads(f *facts) []grant {
	lists := []string{"iam:GetAccountAuthorizationDetails", "iam:GetAccountSummary", "iam:ListRoles"}
	if f.Destroy || f.To != "" { // they look for what is declared no longer
		lists = append(lists, "iam:ListOpenIDConnectProviders")
	}
	return []grant{
		{sid: "Lists", actions: lists, resources: []string{"*"}},
		{sid: "ReadRoles", resources: f.everyRole(), actions: []string{
			"iam:GetRole", "iam:GetRolePolicy", "iam:ListAttachedRolePolicies", "iam:ListInstanceProfilesForRole", "iam:ListRolePolicies"}},
		{sid: "ReadProviders", resources: f.everyProvider(), actions: []string{"iam:GetOpenIDConnectProvider"}},
	}
}

// ourTag is the condition key of the mark that an object carries.
const ourTag = "aws:ResourceTag/" + trust.TagStack

// marked is the condition that an object carries our mark.
func (f *facts) marked() []policy.Condition { return []policy.Condition{equals(ourTag, f.Stack)} }

// marking is the condition that a call puts our mark on.
func (f *facts) marking() []policy.Condition {
	return []policy.Condition{equals("aws:RequestTag/"+trust.TagStack, f.Stack)}
}

// applying is what apply needs and destroy does not.
func (f *facts) applying(g grant) []grant {
	if f.Destroy {
		return nil
	}
	return []grant{g}
}

// writing is to change declared roles that carry our mark.
func (f *facts) writing(meant func(trust.Role) bool) []grant {
	return f.applying(grant{sid: "WriteRoles", resources: f.names(meant), conditions: f.marked()})
}

// emptying is to take policies from roles of ours: from any, if any may go.
func (f *facts) emptying() []grant {
	if !f.deletes() {
		return f.writing(every)
	}
	return []grant{f.ownRoles()}
}

// deletes says whether roles may be deleted at all.
func (f *facts) deletes() bool { return f.Destroy || f.MaxDeletes != 0 }

func (f *facts) ownRoles() grant {
	return grant{sid: "RetireRoles", resources: f.everyRole(), conditions: f.marked()}
}

func (f *facts) ownProviders() grant {
	return grant{sid: "OwnProviders", resources: f.everyProvider(), conditions: f.marked()}
}

// audienceMarks is to write marks of audiences on a provider, whosever it is.
func (f *facts) audienceMarks() grant {
	return grant{sid: "MarkAudiences", resources: f.issuers(), conditions: onlyAudienceMarks()}
}

// onlyAudienceMarks is the condition that a call writes marks of audiences and
// no other tag. ForAllValues alone would hold of a call without any key.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
func onlyAudienceMarks() []policy.Condition {
	return []policy.Condition{keys(trust.TagAudiencePrefix + "*"), {Operator: "Null", Key: "aws:TagKeys", Values: []string{"false"}}}
}

// keys is the condition that a call writes tags of these keys alone.
func keys(patterns ...string) policy.Condition {
	return policy.Condition{Operator: "ForAllValues:StringLike", Key: "aws:TagKeys", Values: sorted(patterns)}
}

func every[T any](T) bool { return true }

func ignores(r trust.Role, attribute string) bool {
	return slices.Contains(r.Lifecycle.IgnoreChanges, attribute)
}

func boundary(r trust.Role) []string {
	if r.Boundary == "" {
		return nil
	}
	return []string{string(r.Boundary)}
}

func managed(r trust.Role) []string {
	var all []string
	for _, arn := range r.Managed {
		all = append(all, string(arn))
	}
	return sorted(all)
}

func quoted(texts []string) []string {
	var all []string
	for _, text := range texts {
		all = append(all, policy.Quote(text))
	}
	return all
}

func equals(key string, values ...string) policy.Condition {
	return policy.Condition{Operator: "StringEquals", Key: key, Values: values}
}
