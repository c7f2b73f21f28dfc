package policy_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/trustctl/trustctl/internal/policy"
)

// typical is the trust policy of one environment as IAM gives it back.
const typical = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Federated":"` + provider + `"},"Action":"sts:AssumeRoleWithWebIdentity","Condition":{"StringEquals":{"api.pulumi.com/oidc:aud":"aws:acme","api.pulumi.com/oidc:sub":["pulumi:environments:org:acme:env:payments/prod","pulumi:environments:org:acme:env:payments/prod:user:ada"]}}}]}`

func BenchmarkParse(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := policy.Parse(typical); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCanonical(b *testing.B) {
	d := parse(b, typical)
	b.ReportAllocs()
	for b.Loop() {
		d.Canonical()
	}
}

func BenchmarkParseCanonicalEqual(b *testing.B) {
	desired := parse(b, typical).Canonical()
	b.ReportAllocs()
	for b.Loop() {
		live := policy.ParseLive(typical).Canonical()
		if !live.Equal(desired) {
			b.Fatal("not equal")
		}
	}
}

func BenchmarkString(b *testing.B) {
	d := parse(b, typical)
	b.ReportAllocs()
	for b.Loop() {
		_ = d.String()
	}
}

// BenchmarkJoin is the dear case: statements that overlap, so that their
// atoms must be laid out.
func BenchmarkJoin(b *testing.B) {
	var statements []string
	for i := range 4 {
		var subjects []string
		for j := range 20 {
			subjects = append(subjects, fmt.Sprintf("s%d", i*10+j))
		}
		statements = append(statements, statement("x", strings.Join(subjects, `","`)))
	}
	d := parse(b, `{"Version":"2012-10-17","Statement":[`+strings.Join(statements, ",")+`]}`)
	b.ReportAllocs()
	for b.Loop() {
		d.Canonical()
	}
}

func BenchmarkEvaluate(b *testing.B) {
	d := parse(b, typical)
	r := policy.Request{
		Principal: policy.Principal{Type: "Federated", Value: provider}, Action: "sts:AssumeRoleWithWebIdentity",
		Context: policy.Context{
			"api.pulumi.com/oidc:aud": policy.Is("aws:acme"),
			"api.pulumi.com/oidc:sub": policy.Is("pulumi:environments:org:acme:env:payments/prod"),
		},
	}
	b.ReportAllocs()
	for b.Loop() {
		if !policy.Evaluate(d, r).Allowed {
			b.Fatal("refused")
		}
	}
}

func BenchmarkCanonicalOfHugeDocuments(b *testing.B) {
	for _, name := range slices.Sorted(maps.Keys(huge())) {
		b.Run(name, func(b *testing.B) {
			d := hugeDocument(b, name)
			for b.Loop() {
				d.Canonical()
			}
		})
	}
}
