package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/trustctl/trustctl/internal/explain"
	"github.com/trustctl/trustctl/internal/spec"
	"github.com/trustctl/trustctl/internal/subject"
	"github.com/trustctl/trustctl/internal/trust"
)

// explainScope is what an explanation takes from outside of its files.
type explainScope struct {
	config *loaded      // nil: none was needed
	state  *trust.State // the declared one, or with -live what is in the accounts
}

// explainScope loads what the flags ask for.
func (a *app) explainScope(ctx context.Context, cmd *cobra.Command, f *explainFlags) (s explainScope, err error) {
	if f.env == "" && f.role == "" {
		return s, nil
	}
	if s.config, err = a.load(ctx, cmd, f.configFlags); err != nil {
		return s, err
	}
	if !f.live {
		s.state = &s.config.State
		return s, nil
	}
	current, err := a.readAccounts(ctx, s.config, &f.runFlags)
	s.state = &current
	return s, err
}

// readAccounts reads the accounts of a run and leaves them again. One that
// could not be read is an error: what it holds is not known.
func (a *app) readAccounts(ctx context.Context, l *loaded, f *runFlags) (current trust.State, err error) {
	w, err := a.reach(ctx, l, f)
	if err != nil {
		return trust.State{}, err
	}
	defer a.leave(w, &err)
	if current, err = w.read(ctx); err != nil {
		return trust.State{}, err
	}
	var errs []error
	for _, account := range current.Accounts {
		if account.Failure != "" {
			errs = append(errs, fmt.Errorf("reading account %s (%s): %s", account.Name, account.ID, account.Failure))
		}
	}
	return current, errors.Join(errs...)
}

// explainTarget is what the token is put to.
func (a *app) explainTarget(f *explainFlags, s explainScope) (explain.Target, error) {
	if f.policyFile != "" {
		d, err := a.readPolicy(f.policyFile)
		return explain.Target{Policy: d}, err
	}
	name := f.role
	if name == "" {
		name = f.env
	}
	role, err := s.role(name, f.live)
	if err != nil {
		return explain.Target{}, err
	}
	t := explain.Target{Policy: role.Trust, MaxDuration: role.MaxSession, Name: name}
	for _, i := range s.config.Issuers {
		host := trust.IssuerHost(i.URL)
		if len(explain.ProvidersOf(role.Trust, host)) == 0 {
			continue
		}
		t.Issuer = host
		t.Provider = &explain.Provider{Host: host} // an account without one refuses every token
		for _, p := range s.state.Providers {
			if p.Account == role.Account && trust.IssuerHost(p.URL) == host {
				t.Provider.ClientIDs = p.ClientIDs
			}
		}
		break
	}
	return t, nil
}

// role finds the role of an environment, among those in the accounts also by
// its ARN.
func (s explainScope) role(name string, live bool) (*trust.Role, error) {
	var declared *trust.Role
	var names []string
	for i := range s.config.State.Roles {
		r := &s.config.State.Roles[i]
		if names = append(names, r.Environment); r.Environment == name {
			declared = r
		}
	}
	if declared != nil && !live {
		return declared, nil
	}
	for i := range s.state.Roles {
		r := &s.state.Roles[i]
		if live && (string(r.ARN) == name || declared != nil && r.Address() == declared.Address()) {
			return r, nil
		}
	}
	if declared != nil {
		return nil, fmt.Errorf("the account %s has no role %s, which is to serve %s", declared.Account, declared.Name, name)
	}
	if live && strings.HasPrefix(name, "arn:") {
		return nil, fmt.Errorf("the accounts have no role %s that trusts a declared issuer", name)
	}
	err := fmt.Errorf("the configuration declares no environment %q", name)
	if guess := suggest(name, names); guess != "" {
		err = fmt.Errorf("%w\n\nDid you mean %q?", err, guess)
	}
	return nil, err
}

// readProvider reads a provider as AWS prints it.
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetOpenIDConnectProvider.html
func (a *app) readProvider(path string) (*explain.Provider, error) {
	text, err := a.readInput(path, "the provider")
	if err != nil {
		return nil, err
	}
	var p struct {
		URL          string   `json:"Url"`
		ClientIDList []string `json:"ClientIDList"`
	}
	if err := json.Unmarshal(text, &p); err != nil {
		return nil, fmt.Errorf("reading the provider: %s: %w", inputName(path), err)
	}
	if p.ClientIDList == nil {
		return nil, fmt.Errorf("reading the provider: %s has no ClientIDList", inputName(path))
	}
	return &explain.Provider{Host: trust.IssuerHost(p.URL), ClientIDs: p.ClientIDList}, nil
}

// explainTokens are the inquiries for the token that was asked for.
func (a *app) explainTokens(q explain.Inquiry, f *explainFlags, s explainScope) ([]explain.Inquiry, error) {
	switch {
	case f.claimsFile != "":
		text, err := a.readInput(f.claimsFile, "the claims")
		if err != nil {
			return nil, err
		}
		if q.Claims, err = explain.ParseClaims(text); err != nil {
			return nil, fmt.Errorf("reading the claims: %s: %w", inputName(f.claimsFile), err)
		}
		return []explain.Inquiry{q}, nil
	case f.tokenFile != "":
		text, err := a.readInput(f.tokenFile, "the token")
		if err != nil {
			return nil, err
		}
		if q.Claims, err = explain.DecodeToken(text); err != nil {
			return nil, fmt.Errorf("reading the token: %s: %w", inputName(f.tokenFile), err)
		}
		return []explain.Inquiry{q}, nil
	case f.env != "":
		return environmentInquiries(q, f, s.config)
	}
	q.Claims = explain.PlainClaims("https://"+q.Issuer, f.aud, f.sub)
	return []explain.Inquiry{q}, nil
}

// environmentInquiries are those for an environment's own tokens. What its
// login says decides how they are spelled; an environment that is not declared
// has the default subject.
func environmentInquiries(q explain.Inquiry, f *explainFlags, l *loaded) ([]explain.Inquiry, error) {
	env, err := subject.ParseEnvironment(f.env)
	if err != nil {
		return nil, fmt.Errorf("-env: %w", err)
	}
	var attributes []subject.Attribute
	if login := loginOf(l.Config, f.env); login != nil {
		for _, name := range login.SubjectAttributes {
			attributes = append(attributes, subject.Attribute(name))
		}
		if q.Duration == 0 {
			q.Duration = login.Duration
		}
		if q.Session == "" {
			q.Session = login.SessionName
		}
	}
	given := map[subject.Attribute]string{subject.UserLogin: f.user, subject.TokenTeam: f.team, subject.TokenType: f.tokenType}
	flag := map[subject.Attribute]string{subject.UserLogin: "-user", subject.TokenTeam: "-team", subject.TokenType: "-token-type"}
	for _, attribute := range attributes {
		if name := flag[attribute]; name != "" && given[attribute] == "" {
			return nil, fmt.Errorf("the subject of %s names %s: say which with %s", f.env, attribute, name)
		}
	}
	claims := subject.Claims{User: f.user, Team: f.team, TokenType: f.tokenType}
	var all []explain.Inquiry
	for _, sub := range env.Subjects(attributes, claims) {
		q.Claims = explain.PlainClaims("https://"+q.Issuer, env.Audience(), unescaped(sub))
		all = append(all, q)
	}
	return all, nil
}

// unescaped is the string that a pattern without wildcards matches.
func unescaped(pattern string) string {
	return strings.NewReplacer("${*}", "*", "${?}", "?", "${$}", "$").Replace(pattern)
}

// loginOf is the login of a declared environment's file, nil where there is
// none.
func loginOf(c *spec.Config, environment string) *trust.Login {
	for _, f := range c.State.Files {
		if f.Environment == environment && f.Document != nil {
			return &f.Document.Login
		}
	}
	return nil
}
