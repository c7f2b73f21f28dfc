package main

import (
	"github.com/trustctl/trustctl/internal/lint"
	"github.com/trustctl/trustctl/internal/plan"
	"github.com/trustctl/trustctl/internal/trust"
)

// declared is what a saved plan keeps of the configuration for its findings.
// folder is where that lies, below the project's root.
func (l *loaded) declared(p *plan.Plan, folder string) *plan.Declared {
	in := l.lintInput()
	d := &plan.Declared{Folder: folder, Orgs: in.Orgs, Places: map[trust.Address]map[string]plan.Place{}, Logins: map[string]trust.Login{}}
	for _, i := range in.Issuers {
		d.Issuers = append(d.Issuers, plan.DeclaredIssuer(i))
	}
	for _, a := range in.Accepts {
		d.Accepts = append(d.Accepts, plan.Accept{Code: a.Code, Environment: a.Environment, Reason: a.Reason, Pos: plan.Place(a.Pos)})
	}
	sources := map[trust.Address]map[string]trust.Pos{}
	for _, r := range l.State.Roles {
		sources[r.Address()] = r.Source
	}
	for _, f := range l.State.Files {
		sources[f.Address()] = f.Source
	}
	for _, ch := range p.Changes {
		if source := sources[ch.Address]; ch.After != nil && len(source) > 0 {
			places := make(map[string]plan.Place, len(source))
			for attribute, pos := range source {
				places[attribute] = plan.Place(pos)
			}
			d.Places[ch.Address] = places
		}
		if ch.Before != nil && ch.Before.File != nil && ch.Before.File.Login != nil {
			d.Logins[ch.Before.File.Environment] = *ch.Before.File.Login
		}
	}
	return d
}

// savedFindings are those of a saved plan: those that plan found, if nobody
// else wrote the file.
func savedFindings(p *plan.Plan) []lint.Finding {
	d := p.Declared
	if d == nil {
		return lint.Plan(p, lint.Input{Issuers: issuersOf(p)})
	}
	in := lint.Input{Orgs: d.Orgs}
	for _, i := range d.Issuers {
		in.Issuers = append(in.Issuers, lint.Issuer(i))
	}
	for _, a := range d.Accepts {
		in.Accepts = append(in.Accepts, lint.Accept{Code: a.Code, Environment: a.Environment, Reason: a.Reason, Pos: trust.Pos(a.Pos)})
	}
	for _, ch := range p.Changes {
		source := map[string]trust.Pos{}
		for attribute, place := range d.Places[ch.Address] {
			source[attribute] = trust.Pos(place)
		}
		switch {
		case ch.Address.Kind == trust.KindRole:
			in.State.Roles = append(in.State.Roles, trust.Role{Account: ch.Address.Account, Name: ch.Address.Name, Source: source})
		case ch.Address.Kind == trust.KindFile:
			in.State.Files = append(in.State.Files, trust.EnvironmentFile{Environment: ch.Address.Name, Source: source})
		}
		if ch.Before != nil && ch.Before.File != nil {
			file := *ch.Before.File
			if login, ok := d.Logins[file.Environment]; ok {
				file.Login = &login
			}
			in.Files = append(in.Files, file)
		}
	}
	return lint.Plan(p, in)
}
