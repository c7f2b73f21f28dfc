package endtoend_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/smithy-go"
	"github.com/trustctl/trustctl/internal/apply"
	"github.com/trustctl/trustctl/internal/plan"
	"github.com/trustctl/trustctl/internal/policy"
	"github.com/trustctl/trustctl/internal/sandbox"
	"github.com/trustctl/trustctl/internal/trust"
)

const (
	ownIssuer    = "idp.example.com/own"
	formerIssuer = "idp.example.com/former"
	goneIssuer   = "idp.example.com/gone"
	lateIssuer   = "idp.example.com/late"
)

// head begins both configurations of everyNeed. Of the providers one was there
// before, one is ours, one is ours and stays when its issuer goes, since
// others use it, and one is ours and goes.
const head = `
trustctl {
  stack = "need"
}
account "prod" {
  id = "` + prod + `"
}
issuer "own" {
  url         = "https://` + ownIssuer + `"
  tags        = { team = %q }
  thumbprints = ["%s"]
}
`

// moving are organizations that leave their issuers, which are declared no
// longer then.
const moving = `
org "gamma" {
  account = account.prod
  environment "p/former" {}
}
org "delta" {
  account = account.prod
  environment "p/gone" {}
}
`

// late is an organization whose issuer is declared no longer when everything
// goes. Its provider is ours and used by others; its role somebody deletes.
const late = `
issuer "late" {
  url = "https://` + lateIssuer + `"
}
org "epsilon" {
  account = account.prod
  issuer  = issuer.late
  environment "p/late" {}
}
`

// formerIssuers are moving before they move.
func formerIssuers() string {
	text := fmt.Sprintf("issuer \"former\" {\n  url = %q\n}\nissuer \"gone\" {\n  url = %q\n}\n", "https://"+formerIssuer, "https://"+goneIssuer)
	before, after, _ := strings.Cut(moving, "org \"delta\"")
	at := "  account = account.prod\n"
	return text + strings.Replace(before, at, at+"  issuer = issuer.former\n", 1) + "org \"delta\"" + strings.Replace(after, at, at+"  issuer = issuer.gone\n", 1)
}

const needed = `
issuer "last" {
  url = "https://idp.example.com/last"
}
org "zeta" {
  account = account.prod
  issuer  = issuer.last
  environment "p/last" {}
}
org "beta" {
  account = account.prod
  issuer  = issuer.own
  environment "p/own" {}
}
org "acme" {
  account = account.prod
  environment "p/full" {
    role {
      description          = %q
      permissions_boundary = "arn:aws:iam::aws:policy/PowerUserAccess"
      managed_policies     = ["arn:aws:iam::aws:policy/ReadOnlyAccess"]
      inline_policies      = { deploy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "s3:GetObject", Resource = "*" }] }) }
    }
  }
  environment "p/free" {
    role {
      permissions_boundary = ""
    }
  }
  environment "p/adopted" {
    role {
      name = "theirs"
    }
    lifecycle {
      adopt = true
    }
  }
`

// A second audience of acme's, that of its legacy project, comes and goes.
const legacy = `
  environment "default/legacy" {}
  environment "p/forgotten" {}
`

// everyNeed takes an account through everything that trustctl can have to do
// there. It is what was refused for lack of permission, or nothing.
func everyNeed(w *world) string {
	ctx, client := context.Background(), w.iam(prod)
	using := func(issuer, audience string) string {
		return fmt.Sprintf(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Federated":"arn:aws:iam::%s:oidc-provider/%s"},"Action":"sts:AssumeRoleWithWebIdentity","Condition":{"StringEquals":{"%s:aud":%q}}}]}`, prod, issuer, issuer, audience)
	}
	theirs := func(issuer string) string { return using(issuer, "theirs") }
	role := func(name, document string, tags ...types.Tag) {
		_, err := client.CreateRole(ctx, &iam.CreateRoleInput{RoleName: &name, AssumeRolePolicyDocument: &document, Tags: tags})
		check(w.t, err)
	}
	// What stays for another stack gets its mark.
	ofAnotherStack := func(name, document string) {
		role(name, document, types.Tag{Key: aws.String(trust.TagStack), Value: aws.String("other")}, types.Tag{Key: aws.String(trust.TagRole), Value: &name})
	}
	done := func(_ any, err error) { w.t.Helper(); check(w.t, err) }

	done(client.CreateOpenIDConnectProvider(ctx, &iam.CreateOpenIDConnectProviderInput{Url: aws.String("https://" + issuer), ClientIDList: []string{"theirs"}}))
	role("theirs", theirs(issuer))
	w.configure(fmt.Sprintf(head, "a", strings.Repeat("ab", 20)) + formerIssuers() + fmt.Sprintf(needed, "one") + legacy + "}\n")
	if refused := w.attempt(applying); refused != "" {
		return refused
	}

	// From here on one list is behind the other, so a role is read by its name.
	full, free := aws.String("esc-acme--p--full"), aws.String("esc-acme--p--free")
	w.wire.answer = func(c call, text []byte) []byte {
		if c.action == "ListRoles" {
			return withoutMember(text, *full)
		}
		return text
	}
	// People change what is declared, and use a provider of ours.
	done(client.UpdateAssumeRolePolicy(ctx, &iam.UpdateAssumeRolePolicyInput{RoleName: full, PolicyDocument: aws.String(theirs(issuer))}))
	done(client.DeleteRolePermissionsBoundary(ctx, &iam.DeleteRolePermissionsBoundaryInput{RoleName: full}))
	done(client.PutRolePermissionsBoundary(ctx, &iam.PutRolePermissionsBoundaryInput{RoleName: free, PermissionsBoundary: aws.String("arn:aws:iam::aws:policy/SecurityAudit")}))
	done(client.AttachRolePolicy(ctx, &iam.AttachRolePolicyInput{RoleName: free, PolicyArn: aws.String("arn:aws:iam::aws:policy/AmazonS3FullAccess")}))
	done(client.PutRolePolicy(ctx, &iam.PutRolePolicyInput{RoleName: free, PolicyName: aws.String("by-hand"), PolicyDocument: aws.String(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}`)}))
	done(client.TagRole(ctx, &iam.TagRoleInput{RoleName: free, Tags: []types.Tag{{Key: aws.String("by-hand"), Value: aws.String("x")}}}))
	const provider = "arn:aws:iam::" + prod + ":oidc-provider/"
	done(client.TagOpenIDConnectProvider(ctx, &iam.TagOpenIDConnectProviderInput{OpenIDConnectProviderArn: aws.String(provider + ownIssuer), Tags: []types.Tag{{Key: aws.String("by-hand"), Value: aws.String("x")}}}))
	shared := func(issuer string) {
		done(client.AddClientIDToOpenIDConnectProvider(ctx, &iam.AddClientIDToOpenIDConnectProviderInput{OpenIDConnectProviderArn: aws.String(provider + issuer), ClientID: aws.String("theirs")}))
	}
	shared(formerIssuer)
	role("user-of-former", theirs(formerIssuer))
	text := fmt.Sprintf(head, "b", strings.Repeat("cd", 20)) + moving + fmt.Sprintf(needed, "two") + "}\nremoved \"acme/p/forgotten\" {\n  destroy = false\n}\n"
	w.configure(text + late)
	if refused := w.attempt(applying); refused != "" {
		return refused
	}
	shared(lateIssuer)
	done(client.DeleteRole(ctx, &iam.DeleteRoleInput{RoleName: aws.String("esc-epsilon--p--late")}))
	ofAnotherStack("heir-of-the-provider", theirs(ownIssuer))
	ofAnotherStack("heir-of-the-audience", using(issuer, "aws:acme"))
	w.configure(strings.Replace(text, `"need"`, `"heir"`, 1))
	if refused := w.attempt(func(o *plan.Options) { o.Mode, o.Stack, o.To = plan.ModeTransfer, "need", "heir" }); refused != "" {
		return refused
	}
	return w.attempt(destroying)
}

func applying(o *plan.Options) { o.MaxDeletes = -1 }

// withoutMember is an answer of ListRoles without a role.
func withoutMember(text []byte, name string) []byte {
	before, rest, _ := strings.Cut(string(text), "<Roles>")
	list, after, _ := strings.Cut(rest, "</Roles>")
	var kept strings.Builder
	for _, member := range strings.SplitAfter(list, "</member>") {
		if !strings.Contains(member, "<RoleName>"+name+"</RoleName>") {
			kept.WriteString(member)
		}
	}
	return []byte(before + "<Roles>" + kept.String() + "</Roles>" + after)
}

// attempt plans under the policy of plan, unless the world only applies, and
// plans and applies under that of the command which does; it is what of that was refused for lack of
// permission. Anything else that goes wrong ends the test.
func (w *world) attempt(change func(*plan.Options)) string {
	w.t.Helper()
	w.server.ResetLog()
	config := w.load()
	o := optionsFor(config)
	change(&o)
	if !w.appliesOnly {
		if refused := w.refused(w.computeFor(config, change).errors()); refused != "" {
			return refused
		}
	}
	said := ""
	w.under(config, o, true, func() {
		r := w.computeFor(config, change)
		if said = r.errors(); said != "" {
			return
		}
		result := apply.Run(context.Background(), r.plan,
			func(id trust.AccountID) (apply.IAM, error) { return r.sessions.IAM(id) },
			r.folder, apply.Options{Patience: time.Millisecond})
		for _, o := range result.Failed {
			said += fmt.Sprintf("%s: %v\n", o.Resource, o.Err)
		}
	})
	return w.refused(said)
}

// errors are what is wrong with a plan.
func (r *run) errors() string {
	if !r.plan.Errored() {
		return ""
	}
	return r.text()
}

// refused is the first call that was refused for lack of permission, with what
// was said of it.
func (w *world) refused(said string) string {
	w.t.Helper()
	for _, c := range w.server.Log() {
		if c.Code == "AccessDenied" {
			return fmt.Sprintf("%s: AccessDenied\n%s", c.Action, said)
		}
	}
	if said != "" {
		w.t.Fatalf("not for lack of permission:\n%s", said)
	}
	return ""
}

// A policy without one of its actions refuses just that one: there is none in
// any command's policy that the command does not need. The test that fails
// without it has its name: command, Sid and action.
func TestRemovingAnyActionOfAPolicyRefusesTheCallThatNeedsIt(t *testing.T) {
	w := newWorld(t, sandbox.Options{})
	all := map[[3]string]bool{} // command, Sid and action
	w.narrow = func(command string, d policy.Document) policy.Document {
		for _, s := range d.Statements {
			for _, action := range s.Actions {
				all[[3]string{command, s.Sid, action}] = true
			}
		}
		return d
	}
	if refused := everyNeed(w); refused != "" {
		t.Fatalf("with the whole policies: %s", refused)
	}
	commands := map[string]int{}
	for key := range all {
		commands[key[0]]++
	}
	if commands["apply"] < 30 || len(commands) != 5 {
		t.Fatalf("the policies have actions: %v; the test tests nothing", commands)
	}
	keys := slices.SortedFunc(maps.Keys(all), func(a, b [3]string) int { return slices.Compare(a[:], b[:]) })
	for _, key := range keys {
		t.Run(strings.Join(key[:], "/"), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, sandbox.Options{})
			w.appliesOnly = !strings.HasPrefix(key[0], "plan")
			w.narrow = func(command string, d policy.Document) policy.Document {
				if command != key[0] {
					return d
				}
				return without(d, key[1], key[2])
			}
			_, operation, _ := strings.Cut(key[2], ":")
			refused := everyNeed(w)
			// Creating asks for the tagging, and the message names that. A plan goes
			// on without the quotas, and says nothing.
			if !strings.HasPrefix(refused, operation+": AccessDenied") && !strings.Contains(refused, "perform: "+key[2]+" on") {
				t.Errorf("without it %q was refused", refused)
			}
		})
	}
}

// without is a policy without an action in a statement.
func without(d policy.Document, sid, action string) policy.Document {
	out := policy.Document{Version: d.Version}
	for _, s := range d.Statements {
		if s.Sid == sid {
			s.Actions = slices.DeleteFunc(slices.Clone(s.Actions), func(a string) bool { return a == action })
		}
		if len(s.Actions) > 0 {
			out.Statements = append(out.Statements, s)
		}
	}
	return out
}

// Whoever has the policy marks nothing that does not carry the mark, but for
// what is adopted; and what carries no mark is not changed.
func TestThePolicyTouchesNothingOfOthers(t *testing.T) {
	w := newWorld(t, sandbox.Options{})
	ctx, client := context.Background(), w.iam(prod)
	document := aws.String(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}}`)
	mark := func(stack string) []types.Tag {
		return []types.Tag{{Key: aws.String(trust.TagStack), Value: &stack}}
	}
	for name, tags := range map[string][]types.Tag{
		"esc-acme--p--full": nil, "theirs": nil, "stranger": nil, "esc-acme--p--free": mark("other"), "undeclared": mark("need"),
	} {
		_, err := client.CreateRole(ctx, &iam.CreateRoleInput{RoleName: &name, AssumeRolePolicyDocument: document, Tags: tags})
		check(t, err)
	}
	w.configure(fmt.Sprintf(head, "a", strings.Repeat("ab", 20)) + fmt.Sprintf(needed, "one") + "}\n")
	tag := func(name string, tags ...types.Tag) error {
		_, err := client.TagRole(ctx, &iam.TagRoleInput{RoleName: &name, Tags: tags})
		return err
	}
	detach := func(name string) error {
		_, err := client.DeleteRolePolicy(ctx, &iam.DeleteRolePolicyInput{RoleName: &name, PolicyName: aws.String("none")})
		return err
	}
	other := types.Tag{Key: aws.String("a"), Value: aws.String("b")}
	config := w.load()
	w.under(config, plan.Options{Stack: "need", MaxDeletes: 5}, true, func() {
		for _, x := range []struct {
			what string
			err  error
			want string
		}{
			{"marking a declared role that carries no mark", tag("esc-acme--p--full", mark("need")...), "AccessDenied"},
			{"marking a role of another stack", tag("esc-acme--p--free", mark("need")...), "AccessDenied"},
			{"marking a stranger", tag("stranger", mark("need")...), "AccessDenied"},
			{"marking what is adopted for another stack", tag("theirs", mark("other")...), "AccessDenied"},
			{"tagging what is adopted with anything else", tag("theirs", other), "AccessDenied"},
			{"tagging a role that is declared no longer", tag("undeclared", other), "AccessDenied"},
			{"taking a policy from a stranger", detach("stranger"), "AccessDenied"},
			{"taking a policy from another stack's role", detach("esc-acme--p--free"), "AccessDenied"},
			{"taking a policy from what is not adopted yet", detach("theirs"), "AccessDenied"},
			{"taking a policy from a role that is declared no longer", detach("undeclared"), "NoSuchEntity"},
			{"marking what is adopted", tag("theirs", mark("need")...), ""},
			{"taking a policy from what is adopted", detach("theirs"), "NoSuchEntity"},
			{"tagging what is adopted once it is marked", tag("theirs", other), ""},
		} {
			var api smithy.APIError
			got := ""
			if errors.As(x.err, &api) {
				got = api.ErrorCode()
			}
			if got != x.want {
				t.Errorf("%s: %q (%v), want %q", x.what, got, x.err, x.want)
			}
		}
	})
}
