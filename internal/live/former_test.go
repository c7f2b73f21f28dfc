package live

import (
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/google/go-cmp/cmp"
	"github.com/trustctl/trustctl/internal/sandbox"
	"github.com/trustctl/trustctl/internal/trust"
)

// A provider of the stack whose issuer is declared no longer must be found, or
// nobody would ever take it away.
func TestAProviderOfAFormerIssuerIsRead(t *testing.T) {
	const former, foreign = "https://old.example.com/oidc", "https://foreign.example.com/oidc"
	trusting := func(url string) string {
		arn := string(trust.ProviderARN("aws", prod, url))
		host := trust.IssuerHost(url)
		return `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Federated":"` + arn + `"},"Action":"sts:AssumeRoleWithWebIdentity","Condition":{"StringEquals":{"` + host + `:aud":"aws:acme","` + host + `:sub":"x"}}}}`
	}
	build := func(t *testing.T, roles bool) *world {
		w := newWorld(t, sandbox.Options{})
		w.provider(t, prod)
		for url, stack := range map[string]string{former: "main", foreign: "another"} {
			if _, err := w.client(prod).CreateOpenIDConnectProvider(t.Context(), &iam.CreateOpenIDConnectProviderInput{
				Url: aws.String(url), Tags: []types.Tag{{Key: aws.String(trust.TagStack), Value: aws.String(stack)}},
			}); err != nil {
				t.Fatal(err)
			}
		}
		if roles {
			w.role(t, prod, "moved", trusting(former), tagged(trust.TagStack, "main", trust.TagRole, "moved"))
			w.role(t, prod, "stranger", trusting(former))
		}
		return w
	}
	read := func(w *world, everything bool) (providers, roles []string) {
		want := wanted()
		want.Stack, want.EveryProvider = "main", everything
		state := w.read(t, w.options(), want, target(prod, "prod"))
		for _, p := range state.Providers {
			providers = append(providers, p.URL)
		}
		return providers, names(state)
	}
	t.Run("while a role of the stack trusts it, with all who do", func(t *testing.T) {
		providers, roles := read(build(t, true), false)
		if diff := cmp.Diff([]string{issuer, former}, providers); diff != "" {
			t.Errorf("providers (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff([]string{"111111111111/moved", "111111111111/stranger"}, roles); diff != "" {
			t.Errorf("roles (-want +got):\n%s", diff)
		}
	})
	t.Run("with every provider, whoever trusts it", func(t *testing.T) {
		if providers, _ := read(build(t, false), true); !slices.Contains(providers, former) || slices.Contains(providers, foreign) {
			t.Errorf("providers %v", providers)
		}
	})
	t.Run("and costs no call otherwise", func(t *testing.T) {
		w := build(t, false)
		if providers, _ := read(w, false); !slices.Equal(providers, []string{issuer}) {
			t.Errorf("providers %v", providers)
		}
		if slices.Contains(w.wire.log, "ListOpenIDConnectProviders") {
			t.Errorf("calls %v", w.wire.log)
		}
	})
}

func TestAMarkCountsInAnyLetterCaseOnARole(t *testing.T) {
	got := roleTags([]types.Tag{
		{Key: aws.String("Trustctl:Prevent-Destroy"), Value: aws.String("true")},
		{Key: aws.String("Team"), Value: aws.String("x")},
	})
	if diff := cmp.Diff(map[string]string{trust.TagPreventDestroy: "true", "Team": "x"}, got); diff != "" {
		t.Errorf("tags (-want +got):\n%s", diff)
	}
}

func TestADocumentThatIsNotEncodedIsNotDecoded(t *testing.T) {
	const text = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::a%2Bb"}}`
	for _, sent := range []string{text, " \n" + text} {
		if got := parseDocument(sent).String(); got != text {
			t.Errorf("%q was read as %s", sent, got)
		}
	}
}
