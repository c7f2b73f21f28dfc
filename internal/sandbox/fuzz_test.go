package sandbox

import (
	"encoding/xml"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/trustctl/trustctl/internal/policy"
)

// FuzzRequest: whatever comes in, the answer is XML with an expected status.
func FuzzRequest(f *testing.F) {
	for _, body := range []string{
		"Action=GetRole&Version=2010-05-08&RoleName=x",
		"Action=CreateRole&Version=2010-05-08&RoleName=%C3%BF&AssumeRolePolicyDocument=%7B%7D&Tags.member.1.Key=%00",
		"Action=CreateOpenIDConnectProvider&Version=2010-05-08&Url=https%3A%2F%2F%5B%3A%3A1%5D%3A443%2F%25",
		"Action=ListRoles&Version=2010-05-08&Marker=AAAA&MaxItems=-1",
		"Action=AssumeRole&Version=2011-06-15&RoleArn=arn:aws:iam::123456789012:role/x&RoleSessionName=ab",
		"Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn=arn:aws:iam::123456789012:role/x&RoleSessionName=ab&WebIdentityToken=e30.e30.",
		"Action=AttachRolePolicy&Version=2010-05-08&RoleName=x&PolicyArn=arn:aws:iam::123456789012:policy",
		"%zz",
	} {
		f.Add(body)
	}
	f.Fuzz(func(t *testing.T, body string) {
		s, err := New(Options{})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.SetPolicy(DefaultAccount, `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`); err != nil {
			t.Fatal(err)
		}
		r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=SANDBOX123456789012/20261123/us-east-1/iam/aws4_request")
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		if w.Code == http.StatusInternalServerError {
			t.Errorf("an internal failure: %s", w.Body)
		}
		if err := xml.Unmarshal(w.Body.Bytes(), new(struct{})); err != nil {
			t.Errorf("not XML: %v\n%s", err, w.Body)
		}
	})
}

// FuzzRenderTrust: what IAM makes of a policy means the same, and rendering it
// again changes nothing.
func FuzzRenderTrust(f *testing.F) {
	for _, text := range []string{
		`{"Statement":[]}`,
		`{"Version":"2012-10-17","Id":"<i>","Statement":{"Sid":"S","Effect":"Deny","Principal":{"AWS":["*","123456789012"]},"NotAction":"sts:TagSession"}}`,
		`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Federated":"f","Service":["b","a"]},"Action":["sts:AssumeRole","sts:TagSession"],"Condition":{"StringLike":{"k":["b","a",1,true],"j":[]},"Null":{"k":false}}}]}`,
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		d, err := policy.Parse(text)
		if err != nil || len(policy.CheckTrust(d)) > 0 {
			return
		}
		rendered := renderTrust(d)
		again, err := policy.Parse(rendered)
		if err != nil {
			t.Fatalf("the rendered policy is none: %v\n%s", err, rendered)
		}
		if !d.Equal(again) {
			t.Errorf("means something else:\n%s\n%s", text, rendered)
		}
		if twice := renderTrust(again); twice != rendered {
			t.Errorf("rendered twice:\n%s\n%s", rendered, twice)
		}
	})
}
