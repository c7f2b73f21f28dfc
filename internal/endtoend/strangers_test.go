package endtoend_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/google/go-cmp/cmp"
	"github.com/trustctl/trustctl/internal/sandbox"
	"github.com/trustctl/trustctl/internal/trust"
)

// crowd fills an account with what others have in it: two hundred roles and
// the providers that they trust, Pulumi's among them, with another stack's
// audience on it.
func (w *world) crowd() {
	w.t.Helper()
	ctx, client := context.Background(), w.iam(prod)
	tags := func(pairs ...string) (all []types.Tag) {
		for i := 0; i < len(pairs); i += 2 {
			all = append(all, types.Tag{Key: &pairs[i], Value: &pairs[i+1]})
		}
		return all
	}
	provider := func(url string, audiences []string, tags []types.Tag) {
		_, err := client.CreateOpenIDConnectProvider(ctx, &iam.CreateOpenIDConnectProviderInput{Url: &url, ClientIDList: audiences, Tags: tags})
		check(w.t, err)
	}
	provider("https://token.actions.githubusercontent.com", []string{"sts.amazonaws.com"}, tags("ManagedBy", "terraform"))
	provider("https://gitlab.example.com", []string{"z", "a"}, nil)
	provider("https://"+issuer, []string{"zeta", "aws:other"}, tags("owner", "security", trust.TagStack, "another", trust.AudienceMark("aws:other"), "another"))

	pulumi := func(audience, sub string) string {
		return fmt.Sprintf(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Federated":%q},"Action":"sts:AssumeRoleWithWebIdentity","Condition":{"StringEquals":{"api.pulumi.com/oidc:aud":%q},"StringLike":{"api.pulumi.com/oidc:sub":%q}}}]}`, *providerARN(prod), audience, sub)
	}
	for i := range 200 {
		in := &iam.CreateRoleInput{RoleName: aws.String(fmt.Sprintf("role-%03d", i)), Description: aws.String(fmt.Sprintf("the %dth", i))}
		var document string
		switch {
		case i < 80: // the console's
			document = `{"Statement": {"Effect": "Allow", "Principal": {"Service": ["lambda.amazonaws.com", "ec2.amazonaws.com"]}, "Action": ["sts:AssumeRole"]}, "Version": "2012-10-17"}`
			in.Path = aws.String("/service-role/")
		case i < 120: // Terraform's
			document = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Federated":"arn:aws:iam::` + prod + `:oidc-provider/token.actions.githubusercontent.com"},"Action":"sts:AssumeRoleWithWebIdentity","Condition":{"StringEquals":{"token.actions.githubusercontent.com:sub":"repo:acme/web:ref:refs/heads/main"}}}]}`
			in.Tags = tags("ManagedBy", "terraform", "Name", "x")
		case i < 160: // another stack's
			document = pulumi("aws:other", "pulumi:environments:pulumi.organization.login:other:currentEnvironment.name:p/*")
			in.Tags = tags(trust.TagStack, "another", trust.TagRole, *in.RoleName, trust.TagEnvironment, fmt.Sprintf("other/p/e%d", i))
		case i < 185: // Pulumi's own set-up's, for the very audience that we need too
			in.RoleName = aws.String(fmt.Sprintf("pulumi-esc-oidc-%03d-role", i))
			document = pulumi("aws:acme", fmt.Sprintf("pulumi:environments:pulumi.organization.login:acme:currentEnvironment.name:other/e%d", i))
		case i < 195: // copied from a role of ours, tags and all
			document = pulumi("aws:acme", "pulumi:environments:copied")
			in.Tags = tags(trust.TagStack, "ours", trust.TagRole, "esc-acme--payments--prod", trust.TagEnvironment, "acme/payments/prod")
		default: // with our mark, and no way in for Pulumi
			document = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::` + prod + `:root"},"Action":"sts:AssumeRole"}}`
			in.Tags = tags("TrustCtl:Stack", "ours", "trustctl:ROLE", *in.RoleName)
		}
		in.AssumeRolePolicyDocument = &document
		if i%3 == 0 {
			in.PermissionsBoundary, in.MaxSessionDuration = aws.String("arn:aws:iam::aws:policy/PowerUserAccess"), aws.Int32(7200)
		}
		_, err := client.CreateRole(ctx, in)
		check(w.t, err)
		if i%5 == 0 {
			_, err := client.PutRolePolicy(ctx, &iam.PutRolePolicyInput{RoleName: in.RoleName, PolicyName: aws.String("Inline"),
				PolicyDocument: aws.String(`{ "Version": "2012-10-17", "Statement": [ {"Effect": "Allow", "Action": "s3:*", "Resource": ["*"]} ] }`)})
			check(w.t, err)
			_, err = client.AttachRolePolicy(ctx, &iam.AttachRolePolicyInput{RoleName: in.RoleName, PolicyArn: aws.String("arn:aws:iam::aws:policy/ReadOnlyAccess")})
			check(w.t, err)
		}
	}
}

func TestWhatOthersHaveInAnAccountStaysByteForByte(t *testing.T) {
	w := newWorld(t, sandbox.Options{})
	w.crowd()
	before := w.picture(prod)
	if len(before) != 203 {
		t.Fatalf("the account holds %d objects: the test tests nothing", len(before))
	}
	shared := string(*providerARN(prod))
	same := func(when string, provider bool) {
		t.Helper()
		after := w.picture(prod)
		for arn, was := range before {
			if (arn != shared || provider) && after[arn] != was {
				t.Errorf("%s %s has changed (-before +after):\n%s", when, arn, cmp.Diff(was, after[arn]))
			}
		}
	}
	config := w.declare("ours", "environment \"payments/prod\" {}\nenvironment \"payments/dev\" {\n role {\n managed_policies = [\"arn:aws:iam::aws:policy/ReadOnlyAccess\"]\n }\n}")
	w.applyTo(config)
	same("after an apply", false)
	w.applyTo(w.declare("ours", "environment \"payments/prod\" {\n trust {\n subs = [env_sub(\"payments/prod\"), deploy_sub({ project = \"web\" })]\n }\n role {\n description = \"changed\"\n }\n}"))
	same("after a change", false)
	w.destroy(w.declare("ours", ""))
	same("after the destroy", false)

	// What stays of us is what others need: the audience, without our mark.
	got, err := w.iam(prod).GetOpenIDConnectProvider(context.Background(), &iam.GetOpenIDConnectProviderInput{OpenIDConnectProviderArn: &shared})
	check(t, err)
	if diff := cmp.Diff([]string{"zeta", "aws:other", "aws:acme"}, got.ClientIDList); diff != "" {
		t.Errorf("audiences (-want +got):\n%s", diff)
	}
	for _, tag := range got.Tags {
		if *tag.Value == "ours" {
			t.Errorf("our mark %s is left", *tag.Key)
		}
	}
	if len(got.Tags) != 3 {
		t.Errorf("the tags are %v", got.Tags)
	}
	if n := len(w.picture(prod)); n != len(before) {
		t.Errorf("%d objects are left of %d", n, len(before))
	}
}

func TestATransferTouchesNothingOfOthers(t *testing.T) {
	w := newWorld(t, sandbox.Options{})
	w.crowd()
	w.applyTo(w.declare("ours", `environment "payments/prod" {}`))
	before := w.picture(prod)
	mine := map[string]bool{"arn:aws:iam::" + prod + ":role/esc-acme--payments--prod": true, *providerARN(prod): true}

	next := w.declare("heirs", `environment "payments/prod" {}`)
	next.ESCDir = "esc-ours"
	w.transfer(next, "ours").apply()
	after := w.picture(prod)
	for arn, was := range before {
		if changed := after[arn] != was; changed != mine[arn] {
			t.Errorf("%s has changed: %t\n%s", arn, changed, cmp.Diff(was, after[arn]))
		}
	}
	w.settled(w.computeFor(next))
	w.destroy(next)
}
