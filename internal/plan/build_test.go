package plan

import (
	"strings"
	"time"

	"github.com/trustctl/trustctl/internal/policy"
	"github.com/trustctl/trustctl/internal/trust"
)

const (
	ours   = "acme-platform"
	theirs = "beta-platform"
	one    = trust.AccountID("111111111111")
	two    = trust.AccountID("222222222222")
	issuer = "https://api.pulumi.com/oidc"
)

func providerARN(account trust.AccountID) trust.ARN { return trust.ProviderARN("aws", account, issuer) }

// admits is a trust policy for one audience and some subjects.
func admits(account trust.AccountID, audience string, subs ...string) policy.Document {
	return policy.Document{Version: policy.Version2012, Statements: []policy.Statement{{
		Effect:     policy.Allow,
		Principals: []policy.Principal{{Type: "Federated", Value: string(providerARN(account))}},
		Actions:    []string{"sts:AssumeRoleWithWebIdentity"},
		Conditions: []policy.Condition{
			{Operator: "StringEquals", Key: "api.pulumi.com/oidc:aud", Values: []string{audience}},
			{Operator: "StringEquals", Key: "api.pulumi.com/oidc:sub", Values: subs},
		},
	}}}
}

// may is an identity policy with one statement.
func may(effect policy.Effect, action string) policy.Document {
	return policy.Document{Version: policy.Version2012, Statements: []policy.Statement{{Effect: effect, Actions: []string{action}, Resources: []string{"*"}}}}
}

// role is a role of ours for an environment of org acme.
func role(account trust.AccountID, environment string) trust.Role {
	name := "esc-acme--" + strings.ReplaceAll(environment, "/", "--")
	return trust.Role{
		Environment: "acme/" + environment, Account: account, Path: "/", Name: name,
		Trust: admits(account, "aws:acme", "pulumi:environments:org:acme:env:"+environment), MaxSession: time.Hour,
		Tags: map[string]string{trust.TagStack: ours, trust.TagRole: name, trust.TagEnvironment: "acme/" + environment},
	}
}

// live is a declared role as an account holds it.
func live(r trust.Role) trust.Role {
	r.Environment, r.Source, r.Lifecycle, r.KeepBoundary = "", nil, trust.Lifecycle{}, false
	r.ID, r.ARN = "AROA"+strings.ToUpper(r.Name), trust.RoleARN("aws", r.Account, r.Path, r.Name)
	tags := map[string]string{}
	for key, value := range r.Tags {
		tags[key] = value
	}
	r.Tags = tags
	return r
}

// provider is the provider of ours with some audiences.
func provider(account trust.AccountID, audiences ...string) trust.OIDCProvider {
	tags := map[string]string{trust.TagStack: ours}
	for _, a := range audiences {
		tags[trust.AudienceMark(a)] = ours
	}
	return trust.OIDCProvider{Account: account, ARN: providerARN(account), URL: issuer, Issuer: "pulumi", ClientIDs: audiences, Tags: tags}
}

func file(account trust.AccountID, environment, content string) trust.EnvironmentFile {
	return trust.EnvironmentFile{Environment: "acme/" + environment, Account: account, Stack: ours, Path: "acme/" + environment + ".yaml", Content: []byte(content)}
}

// accounts are accounts read in full.
func accounts(ids ...trust.AccountID) []trust.Account {
	var all []trust.Account
	for _, id := range ids {
		all = append(all, trust.Account{ID: id, Name: "a" + string(id[:1]), Partition: "aws", Complete: true,
			Caller: trust.ARN("arn:aws:sts::" + string(id) + ":assumed-role/trustctl/session")})
	}
	return all
}

func options() Options {
	return Options{Stack: ours, MaxDeletes: 5, Issuers: []string{issuer}}
}
