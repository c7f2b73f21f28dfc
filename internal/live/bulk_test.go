package live

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"pgregory.net/rapid"

	"github.com/trustctl/trustctl/internal/sandbox"
	"github.com/trustctl/trustctl/internal/trust"
)

func TestTheHalvesOfARoleFindEachOtherInAnyOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		some := func(r trust.Role) bool { return strings.HasPrefix(r.Name, "ours") }
		rs := &roles{account: trust.Account{ID: prod, Partition: "aws"}, wanted: some, docs: &documents{}, waiting: map[roleKey]half{}}
		var arrivals []func()
		var want []string
		for i := range rapid.IntRange(0, 8).Draw(t, "roles") {
			name := rapid.SampledFrom([]string{"ours", "theirs"}).Draw(t, "whose") + fmt.Sprint(i)
			id, seconds := aws.String(fmt.Sprint("AROA", i)), int32(3600+i)
			path := aws.String(rapid.SampledFrom([]string{"/", "/", "/aws-service-role/x.amazonaws.com/", "/aws-reserved/sso/"}).Draw(t, "path"))
			arrivals = append(arrivals,
				func() { rs.detail(&types.RoleDetail{RoleId: id, RoleName: &name, Path: path}) },
				func() { rs.list(&types.Role{RoleId: id, RoleName: &name, Path: path, MaxSessionDuration: &seconds}) })
			if *path == "/" && some(trust.Role{Name: name}) {
				want = append(want, fmt.Sprint(name, " ", time.Duration(seconds)*time.Second))
			}
		}
		for _, arrive := range rapid.Permutation(arrivals).Draw(t, "order") {
			arrive()
		}
		var got []string
		for _, r := range rs.kept {
			got = append(got, fmt.Sprint(r.Name, " ", r.MaxSession))
		}
		slices.Sort(got)
		if !slices.Equal(got, want) || len(rs.waiting) != 0 || len(rs.single()) != 0 {
			t.Fatalf("kept %q with %d waiting, want %q", got, len(rs.waiting), want)
		}
	})
}

func TestARoleThatAListRepeatsIsKeptOnce(t *testing.T) {
	detail := &types.RoleDetail{RoleId: aws.String("AROA1"), RoleName: aws.String("r"), Path: aws.String("/")}
	listed := &types.Role{RoleId: aws.String("AROA1"), RoleName: aws.String("r"), Path: aws.String("/"), Description: aws.String("d")}
	for name, order := range map[string]string{"details first": "ddl", "the list first": "lld"} {
		rs := &roles{wanted: func(trust.Role) bool { return true }, docs: &documents{}, waiting: map[roleKey]half{}}
		for _, c := range order {
			if c == 'd' {
				rs.detail(detail)
			} else {
				rs.list(listed)
			}
		}
		if len(rs.kept) != 1 || rs.kept[0].Name != "r" || rs.kept[0].Description != "d" || len(rs.waiting) != 0 {
			t.Errorf("%s: kept %+v", name, rs.kept)
		}
	}
}

func TestARoleReadByNameReplacesWhatTheListsSaid(t *testing.T) {
	w := newWorld(t, sandbox.Options{})
	w.role(t, prod, "anew", lambda)
	s := w.connect(t, w.options(), target(prod, "prod")).All[0]
	old := func(name string) trust.Role { return trust.Role{Account: prod, Name: name, Path: "/old/"} }
	rs := &roles{
		account: s.Account, wanted: func(trust.Role) bool { return true }, docs: &documents{},
		kept:    []trust.Role{old("anew"), old("gone"), old("still")},
		waiting: map[roleKey]half{{"AROA2", "anew"}: {listed: true, name: "anew"}, {"AROA3", "gone"}: {listed: true, name: "gone"}, {"AROA4", "foreign"}: {drop: true, name: "foreign"}},
	}
	read, err := s.readSingle(t.Context(), rs)
	if err != nil || len(read) != 1 || read[0].Name != "anew" || read[0].Path != "/" {
		t.Errorf("read %+v, error %v", read, err)
	}
	if len(rs.kept) != 1 || rs.kept[0].Name != "still" {
		t.Errorf("of the lists is left %+v", rs.kept)
	}
}

func TestAMarkerThatDoesNotAdvanceIsAnError(t *testing.T) {
	for name, markers := range map[string][]string{"the same again": {"a", "b", "b"}, "none": {"a", ""}} {
		calls := 0
		err := eachPage(func(*string) (page, error) {
			if calls++; calls > len(markers) {
				return page{}, errors.New("it asked on")
			}
			return page{true, &markers[calls-1]}, nil
		})
		if err == nil || !strings.Contains(err.Error(), "does not advance") {
			t.Errorf("%s: error %v", name, err)
		}
	}
}

func TestAnIDInPlaceOfAnARNIsTolerated(t *testing.T) {
	r := fromRole(trust.Account{ID: prod, Partition: "aws-cn"}, &types.Role{Path: aws.String("/p/"), RoleName: aws.String("r"), Arn: aws.String("AROAEXAMPLE")}, parseDocument(""))
	if r.ARN != "arn:aws-cn:iam::111111111111:role/p/r" {
		t.Errorf("ARN %s", r.ARN)
	}
}

func TestADocumentThatCannotBeReadIsText(t *testing.T) {
	for _, text := range []string{"%zz", "%7B", "{", "%257B%257D"} {
		if _, opaque := parseDocument(text).Opaque(); !opaque {
			t.Errorf("%q was read as a policy", text)
		}
	}
	if got, _ := parseDocument("%257B+%2B").Opaque(); got != "%7B++" {
		t.Errorf("decoded to %q, want it decoded once and a + to stay", got)
	}
}

func TestAnOpaqueTrustThatNamesTheProviderIsKept(t *testing.T) {
	keep := wanted().role(trust.Account{ID: prod, Partition: "aws"})
	for text, want := range map[string]bool{
		`{"Statement": broken "arn:aws:iam::111111111111:oidc-provider/api.pulumi.com/oidc"`: true,
		`{"Statement": broken`: false,
	} {
		if got := keep(trust.Role{Account: prod, Name: "r", Trust: parseDocument(text)}); got != want {
			t.Errorf("%s: kept %v", text, got)
		}
	}
}
