package live

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/trustctl/trustctl/internal/policy"
	"github.com/trustctl/trustctl/internal/sandbox"
	"github.com/trustctl/trustctl/internal/trust"
)

const subject = "pulumi:environments:org:acme:env:payments/prod"

// tricky holds what a wrong decoding would change: a plus, a percent sign, an
// escape that is none.
const tricky = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::a+b%20c %2B/é"}}`

func TestReadIsWhatIsWantedOfAllAccountsAndNothingElse(t *testing.T) {
	w := newWorld(t, sandbox.Options{})
	w.provider(t, prod)
	w.provider(t, dev)
	w.role(t, prod, "Full", pulumi(prod, subject), func(in *iam.CreateRoleInput) {
		in.Path, in.Description, in.MaxSessionDuration = aws.String("/pulumi/"), aws.String("50% + more é"), aws.Int32(7200)
		in.PermissionsBoundary = aws.String(readOnly)
	}, tagged(trust.TagStack, "main", trust.TagRole, "Full", trust.TagEnvironment, "acme/payments/prod"))
	ctx, client := t.Context(), w.client(prod)
	for _, err := range []error{
		second(client.PutRolePolicy(ctx, &iam.PutRolePolicyInput{RoleName: aws.String("Full"), PolicyName: aws.String("b"), PolicyDocument: aws.String(tricky)})),
		second(client.AttachRolePolicy(ctx, &iam.AttachRolePolicyInput{RoleName: aws.String("Full"), PolicyArn: aws.String(readOnly)})),
		second(client.AttachRolePolicy(ctx, &iam.AttachRolePolicyInput{RoleName: aws.String("Full"), PolicyArn: aws.String("arn:aws:iam::aws:policy/AdministratorAccess")})),
		second(client.CreateInstanceProfile(ctx, &iam.CreateInstanceProfileInput{InstanceProfileName: aws.String("profile")})),
		second(client.AddRoleToInstanceProfile(ctx, &iam.AddRoleToInstanceProfileInput{InstanceProfileName: aws.String("profile"), RoleName: aws.String("Full")})),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	w.role(t, prod, "trusting", pulumi(prod, subject))
	w.role(t, prod, "marked", lambda, tagged("Trustctl:Stack", "main"))
	w.role(t, prod, "Declared", lambda)
	w.role(t, prod, "foreign", lambda, tagged("trustctl", "no mark"))
	w.role(t, dev, "of-prod", pulumi(prod, subject)) // names another account's provider
	w.role(t, dev, "trusting", pulumi(dev, subject))

	o := w.options()
	got := w.read(t, o, wanted(trust.RoleAddress(prod, "declared")), target(dev, "dev"), target(prod, "prod"))
	if diff := cmp.Diff([]string{"111111111111/Declared", "111111111111/Full", "111111111111/marked", "111111111111/trusting", "222222222222/trusting"}, names(got)); diff != "" {
		t.Errorf("roles (-want +got):\n%s", diff)
	}
	full := trust.Role{
		Environment: "acme/payments/prod", Account: prod, Path: "/pulumi/", Name: "Full", Description: "50% + more é",
		Trust: document(t, pulumi(prod, subject)), MaxSession: 2 * time.Hour, Boundary: readOnly,
		Managed: []trust.ARN{"arn:aws:iam::aws:policy/AdministratorAccess", readOnly},
		Inline:  map[string]policy.Document{"b": document(t, tricky)},
		Tags:    map[string]string{trust.TagStack: "main", trust.TagRole: "Full", trust.TagEnvironment: "acme/payments/prod"},
		ARN:     "arn:aws:iam::111111111111:role/pulumi/Full", LastUseKnown: true, InstanceProfiles: []string{"profile"},
	}
	moment := cmpopts.IgnoreFields(trust.Role{}, "ID", "Created", "LastUsed")
	if diff := cmp.Diff(full, got.Roles[1], moment); diff != "" {
		t.Errorf("a role read in bulk (-want +got):\n%s", diff)
	}
	if text := got.Roles[1].Inline["b"].Statements[0].Resources[0]; text != "arn:aws:s3:::a+b%20c %2B/é" {
		t.Errorf("a resource came out as %q", text)
	}
	if got.Roles[1].ID == "" || got.Roles[1].Created.IsZero() {
		t.Error("the unique id or the date is missing")
	}
	named, ok, err := ReadRole(ctx, client, trust.Account{ID: prod, Partition: "aws"}, "Full")
	if diff := cmp.Diff(got.Roles[1], named); !ok || err != nil || diff != "" {
		t.Errorf("read by name it is another role (%v, %v; -bulk +named):\n%s", ok, err, diff)
	}
	if _, ok, err := ReadRole(ctx, client, trust.Account{ID: prod}, "nobody"); ok || err != nil {
		t.Errorf("a role that does not exist: %v, %v", ok, err)
	}

	provider := trust.OIDCProvider{
		Account: prod, ARN: "arn:aws:iam::111111111111:oidc-provider/api.pulumi.com/oidc", Issuer: "pulumi", URL: issuer,
		ClientIDs: []string{"aws:acme", "aws:zeta"}, Thumbprints: []string{"abcdefabcdefabcdefabcdefabcdefabcdefabcd"},
		Tags: map[string]string{trust.TagStack: "main"},
	}
	if diff := cmp.Diff(provider, got.Providers[0], cmpopts.IgnoreFields(trust.OIDCProvider{}, "Created")); diff != "" || len(got.Providers) != 2 {
		t.Errorf("provider (-want +got):\n%s", diff)
	}
	account := got.Accounts[0]
	if account.ID != prod || !account.Complete || account.Caller != "arn:aws:iam::111111111111:user/sandbox" || account.Quotas.TrustPolicySize != 2048 || account.Quotas.RolesInUse != 5 {
		t.Errorf("account %+v", account)
	}
}

func second[T any](_ T, err error) error { return err }

func TestEmptyAccountsHoldNothing(t *testing.T) {
	w := newWorld(t, sandbox.Options{})
	got := w.read(t, w.options(), wanted(), target(prod, "prod"))
	if len(got.Accounts) != 1 || !got.Accounts[0].Complete || len(got.Providers)+len(got.Roles) != 0 {
		t.Errorf("got %+v", got)
	}
}

func TestPagesOfAnySizeGiveTheSameState(t *testing.T) {
	for _, limit := range []int{0, 1, 3} {
		w := newWorld(t, sandbox.Options{PageLimit: limit})
		for i := range 20 {
			w.role(t, prod, fmt.Sprintf("ours-%02d", i), pulumi(prod, subject))
			w.role(t, prod, fmt.Sprintf("theirs-%02d", i), lambda)
		}
		o := w.options()
		o.PageSize = 7
		got := w.read(t, o, wanted(), target(prod, "prod"))
		if len(got.Roles) != 20 || !slices.IsSorted(names(got)) {
			t.Errorf("pages of at most %d: %q", limit, names(got))
		}
		if counts := w.server.Counts(); counts["GetRole"] != 0 {
			t.Errorf("%d roles were read by name", counts["GetRole"])
		}
	}
}

func TestAReadingOfAThousandRolesTakesAFewCalls(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sandbox.Options{})
	w.provider(t, prod)
	for i := range 1000 {
		w.role(t, prod, fmt.Sprintf("role-%04d", i), pulumi(prod, subject), tagged(trust.TagStack, "main"))
	}
	w.server.ResetCounts()
	sessions := w.connect(t, w.options(), target(prod, "prod"))
	got, err := Read(t.Context(), sessions, wanted())
	if err != nil || len(got.Roles) != 1000 {
		t.Fatalf("%d roles, error %v", len(got.Roles), err)
	}
	counted := 0
	for _, n := range w.server.Counts() {
		counted += n
	}
	if total, _ := sessions.Calls(); counted > 12 || total != counted {
		t.Errorf("%d calls, %d at the server (%v), want at most 12", total, counted, w.server.Counts())
	}
}

func TestARoleThatComesOrGoesBetweenTheListsIsReadByName(t *testing.T) {
	for name, test := range map[string]struct {
		after string // the list that has been answered when it happens
		act   func(t *testing.T, w *world)
		want  []string
	}{
		"made after the details":     {"GetAccountAuthorizationDetails", func(t *testing.T, w *world) { w.role(t, prod, "new", pulumi(prod, subject)) }, []string{"111111111111/new", "111111111111/old"}},
		"made after the list":        {"ListRoles", func(t *testing.T, w *world) { w.role(t, prod, "new", pulumi(prod, subject)) }, []string{"111111111111/new", "111111111111/old"}},
		"foreign, after the details": {"GetAccountAuthorizationDetails", func(t *testing.T, w *world) { w.role(t, prod, "new", lambda) }, []string{"111111111111/old"}},
		"deleted after the details":  {"GetAccountAuthorizationDetails", func(t *testing.T, w *world) { w.remove(t, "old") }, nil},
		"deleted after the list":     {"ListRoles", func(t *testing.T, w *world) { w.remove(t, "old") }, nil},
		"made anew":                  {"ListRoles", func(t *testing.T, w *world) { w.remove(t, "old"); w.role(t, prod, "OLD", pulumi(prod, subject)) }, []string{"111111111111/OLD"}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, sandbox.Options{})
			w.role(t, prod, "old", pulumi(prod, subject))
			answered := make(chan struct{})
			w.wire.tap = func(r *http.Request, form url.Values) (*http.Response, error) {
				switch action := form.Get("Action"); {
				case action == test.after:
					defer close(answered)
					answer, err := w.wire.next.RoundTrip(r)
					test.act(t, w)
					return answer, err
				case action == "ListRoles" || action == "GetAccountAuthorizationDetails":
					<-answered
				}
				return nil, nil
			}
			got := w.read(t, w.options(), wanted(), target(prod, "prod"))
			if diff := cmp.Diff(test.want, names(got)); diff != "" {
				t.Errorf("roles (-want +got):\n%s", diff)
			}
		})
	}
}

func (w *world) remove(t *testing.T, name string) {
	t.Helper()
	if _, err := w.client(prod).DeleteRole(t.Context(), &iam.DeleteRoleInput{RoleName: &name}); err != nil {
		t.Error(err)
	}
}

func TestAnErrorInTheMiddleLeavesNothingOfTheAccount(t *testing.T) {
	for _, action := range []string{"ListRoles", "GetAccountAuthorizationDetails", "GetOpenIDConnectProvider"} {
		w := newWorld(t, sandbox.Options{PageLimit: 2})
		for _, a := range []trust.AccountID{prod, dev} {
			w.provider(t, a)
			for i := range 5 {
				w.role(t, a, fmt.Sprint("r", i), pulumi(a, subject))
			}
		}
		w.wire.tap = func(r *http.Request, form url.Values) (*http.Response, error) {
			ofDev := strings.Contains(r.Header.Get("Authorization"), string(dev))
			if late := form.Get("Marker") != "" || action == "GetOpenIDConnectProvider"; ofDev && late && form.Get("Action") == action {
				return refusal(r, http.StatusForbidden, "AccessDenied", "not allowed"), nil
			}
			return nil, nil
		}
		got := w.read(t, w.options(), wanted(), target(prod, "prod"), target(dev, "dev"))
		if len(got.Roles) != 5 || len(got.Providers) != 1 || !got.Accounts[0].Complete {
			t.Errorf("%s: %d roles and %d providers, want 5 and 1, of prod", action, len(got.Roles), len(got.Providers))
		}
		if a := got.Accounts[1]; a.Complete || a.Failure != "iam:"+action+": AccessDenied: not allowed (request id req-1)" {
			t.Errorf("%s: dev is %+v", action, a)
		}
	}
}

func TestWhoMayNotReadTheQuotasStillReads(t *testing.T) {
	w := newWorld(t, sandbox.Options{})
	w.wire.tap = func(r *http.Request, form url.Values) (*http.Response, error) {
		if form.Get("Action") == "GetAccountSummary" {
			return refusal(r, http.StatusForbidden, "AccessDenied", "no"), nil
		}
		return nil, nil
	}
	got := w.read(t, w.options(), wanted(), target(prod, "prod"))
	if a := got.Accounts[0]; !a.Complete || a.Quotas != (trust.Quotas{}) {
		t.Errorf("got %+v", a)
	}
}

func TestAPanicInAGoroutineEndsAsAnError(t *testing.T) {
	w := newWorld(t, sandbox.Options{})
	sessions := w.connect(t, w.options(), target(prod, "prod"))
	w.wire.tap = func(*http.Request, url.Values) (*http.Response, error) { panic("index out of range") }
	_, err := Read(t.Context(), sessions, wanted())
	var bug *BugError
	if !errors.As(err, &bug) || !strings.Contains(err.Error(), "bug in trustctl") || len(bug.Stack) == 0 {
		t.Errorf("error %v, want one that says that it is a bug", err)
	}
}

// Of several calls that fail side by side the account names the same one in
// every run, whichever is the first in time.
func TestAnAccountThatCannotBeReadNamesTheSameCallInEveryRun(t *testing.T) {
	calls := []string{"GetAccountAuthorizationDetails", "ListRoles", "GetAccountSummary", "GetOpenIDConnectProvider"}
	for i, late := range calls {
		t.Run(late+" is late", func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, server := inBubble(t, Options{}, func(http.ResponseWriter, *http.Request) bool { return false })
				if err := server.SetFaults(sandbox.Faults{Rules: []sandbox.Rule{
					{Fault: sandbox.Delay, Match: sandbox.Match{Actions: []string{late}}, Delay: sandbox.Duration(time.Second)},
					{Fault: sandbox.InvalidToken, Match: sandbox.Match{Actions: calls[i:]}},
				}}); err != nil {
					t.Fatal(err)
				}
				state, err := Read(t.Context(), &Sessions{All: []*Session{s}}, wanted())
				if a := state.Accounts[0]; err != nil || !strings.HasPrefix(a.Failure, "iam:"+late+": InvalidClientTokenId") {
					t.Errorf("error %v, failure %q, want that of %s", err, a.Failure, late)
				}
			})
		})
	}
}
