package lint

import (
	"bytes"
	"fmt"

	"github.com/trustctl/trustctl/internal/policy"
	"github.com/trustctl/trustctl/internal/subject"
	"github.com/trustctl/trustctl/internal/trust"
	"github.com/trustctl/trustctl/internal/visible"
)

// files finds ESC files on disk, which Pulumi Cloud has until the new ones are
// pushed, whose tokens will be refused or which name a role that goes away.
// Of an environment that overlaps, the role of before stays, as open as it was.
func (l *linter) files() {
	stays := map[string]bool{}
	for _, r := range l.in.State.Roles {
		stays[r.Environment] = stays[r.Environment] || r.Lifecycle.Overlap
	}
	for _, r := range l.in.State.Removed {
		stays[r.Environment] = stays[r.Environment] || !r.Destroy
	}
	for i := range l.in.Files {
		file := &l.in.Files[i]
		after := l.declared[file.Environment]
		if file.Login == nil || l.leaving[file.Address()] || stays[file.Environment] || after != nil && after.Hash() == file.Hash() {
			continue
		}
		l.fileInUse(file, after, *file.Login)
	}
}

func (l *linter) fileInUse(file, after *trust.EnvironmentFile, login trust.Login) {
	f := Finding{
		Code: fileBehind, Environment: file.Environment, Address: file.Address(), Resource: l.in.Resource[file.Address()],
		Remedy: "Push the new file as soon as the change is applied; or keep both ways open with lifecycle { overlap = true } until it is.",
	}
	if after == nil {
		f.Remedy = "Take the login out of the environment in Pulumi Cloud, or delete the environment there, before the change is applied."
	} else {
		f.Pos = after.Source[""]
	}
	begin := fmt.Sprintf("The file of %s on disk, which Pulumi Cloud has until the new one is pushed, ", file.Environment)
	role := l.roleByARN(l.in.State, login.RoleARN)
	if role == nil {
		was := l.in.Current != nil && l.roleByARN(*l.in.Current, login.RoleARN) != nil
		switch {
		case was:
			f.Detail = begin + fmt.Sprintf("names the role %s, which goes away.", visible.Quote(string(login.RoleARN)))
		case l.partial || !l.isOurs(login.RoleARN):
			return
		default:
			f.Detail = begin + fmt.Sprintf("names the role %s, which is not declared.", visible.Quote(string(login.RoleARN)))
		}
		f.Proof = words("no role that stays has the ARN " + string(login.RoleARN))
		l.report(f)
		return
	}
	env, err := subject.ParseEnvironment(file.Environment)
	if err != nil {
		return
	}
	for _, v := range l.views {
		if v.role != role {
			continue
		}
		if t, refused := v.refuses(env, attributes(login)); refused {
			f.Detail = begin + fmt.Sprintf("asks for a token with the subject %s, which role %s will refuse.", visible.Quote(t.subject), role.Name)
			f.Proof = v.proof(t, "the token of the file on disk, put to the policy that is to come")
			l.report(f)
			return
		}
	}
}

func attributes(login trust.Login) []subject.Attribute {
	var out []subject.Attribute
	for _, a := range login.SubjectAttributes {
		out = append(out, subject.Attribute(a))
	}
	return out
}

// roleByARN is the role of a state with an ARN, or nil.
func (l *linter) roleByARN(s trust.State, arn trust.ARN) *trust.Role {
	for i := range s.Roles {
		r := &s.Roles[i]
		own := r.ARN
		if own == "" {
			partition := l.partition[r.Account]
			if partition == "" {
				partition = "aws"
			}
			own = trust.RoleARN(partition, r.Account, r.Path, r.Name)
		}
		if own == arn {
			return r
		}
	}
	return nil
}

// isOurs tells whether an ARN is of an account that the state speaks of.
func (l *linter) isOurs(arn trust.ARN) bool {
	for id := range l.partition {
		if bytes.Contains([]byte(arn), []byte(":iam::"+string(id)+":role/")) {
			return true
		}
	}
	return false
}

// refuses finds a token of an environment, with exactly these subject
// attributes, that the role certainly refuses. A subject that the attributes
// leave open is not asked here.
func (v *view) refuses(env subject.Environment, attrs []subject.Attribute) (token, bool) {
	if subject.CheckAttributes(attrs) != nil {
		return token{}, false
	}
	for _, s := range env.Subjects(attrs, subject.Claims{}) {
		t := token{env.Audience(), s, v.unknown()}
		if subject.IsPattern(s) {
			continue
		}
		if decision := v.ask(v.role.Trust, v.context(t)); !decision.Allowed && !decision.Unknown {
			return t, true
		}
	}
	return token{}, false
}

// unknown are the keys of the policy's conditions that are no matter of a
// token: nobody knows here what they will be.
func (v *view) unknown() policy.Context {
	keys := policy.Context{}
	for _, s := range v.role.Trust.Statements {
		for _, c := range s.Conditions {
			if !v.isKey(c.Key, "aud") && !v.isKey(c.Key, "sub") && v.unfilled(c.Key) == "" {
				keys[c.Key] = policy.Fact{Unknown: true}
			}
		}
	}
	return keys
}
