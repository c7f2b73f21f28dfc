//go:build unix

package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// echo answers with what it gets: the proxy must hand the body on.
func echo(w http.ResponseWriter, r *http.Request) { io.Copy(w, r.Body) }

func send(p *Proxy, form string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	p.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/", strings.NewReader(form)))
	return w
}

func TestCallsAreCountedByActionAndHandedOn(t *testing.T) {
	p := NewProxy(http.HandlerFunc(echo), Network{})
	for _, form := range []string{"Action=ListRoles&MaxItems=1000", "Version=2010-05-08&Action=GetRole&RoleName=a", "Action=ListRoles", ""} {
		if w := send(p, form); w.Code != http.StatusOK || w.Body.String() != form {
			t.Errorf("%q is answered with %d %q", form, w.Code, w.Body)
		}
	}
	want := Calls{ByAction: map[string]int{"ListRoles": 2, "GetRole": 1, "": 1}}
	got := p.Calls()
	if diff := cmp.Diff(want, got); diff != "" || got.Total() != 4 {
		t.Errorf("counted (-want +got):\n%s", diff)
	}
}

func TestWhatIsOverTheRateIsRefusedAsIAMDoes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := NewProxy(http.HandlerFunc(echo), Network{Rate: 20, Burst: 3})
		codes := func(n int) (codes []int) {
			for range n {
				codes = append(codes, send(p, "Action=CreateRole").Code)
			}
			return codes
		}
		if diff := cmp.Diff([]int{200, 200, 200, 400}, codes(4)); diff != "" {
			t.Errorf("a full bucket of three (-want +got):\n%s", diff)
		}
		time.Sleep(100 * time.Millisecond)
		if diff := cmp.Diff([]int{200, 200, 400}, codes(3)); diff != "" {
			t.Errorf("a tenth of a second later (-want +got):\n%s", diff)
		}
		if w := send(p, "Action=CreateRole"); !strings.Contains(w.Body.String(), "<Code>Throttling</Code>") {
			t.Errorf("a refusal says %s", w.Body)
		}
		if w := send(p, "Action=GetCallerIdentity&Version=2011-06-15"); w.Code != http.StatusOK {
			t.Errorf("STS was refused too: %d", w.Code)
		}
		if got := p.Calls(); got.Refused != 3 || got.ByAction["CreateRole"] != 8 {
			t.Errorf("counted %+v", got)
		}
	})
}

func TestEveryCallTakesTheDelay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := NewProxy(http.HandlerFunc(echo), Network{Delay: 80 * time.Millisecond, Rate: 1})
		for _, want := range []int{200, 400} {
			began := time.Now()
			if w := send(p, "Action=GetRole"); w.Code != want || time.Since(began) != 80*time.Millisecond {
				t.Errorf("answered %d after %s, want %d after the delay", w.Code, time.Since(began), want)
			}
		}
	})
}

func TestTheWorkIsWrittenForBothToolsAndChangesInOnePlace(t *testing.T) {
	for _, tool := range []Tool{trustctlTool("", 1), terraformTool("", "")} {
		dir := t.TempDir()
		read := func(revision int) string {
			if err := writeWork(dir, tool, 3, revision); err != nil {
				t.Fatal(err)
			}
			text, err := os.ReadFile(filepath.Join(dir, tool.Variables))
			if err != nil {
				t.Fatal(err)
			}
			return string(text)
		}
		first, second := read(1), read(2)
		if !strings.Contains(first, `"service-00000", "service-00001", "service-00002"]`) {
			t.Errorf("%s's variables are %s", tool.Name, first)
		}
		if want := strings.Replace(first, `"1"`, `"2"`, 1); second != want || first == second {
			t.Errorf("%s's second revision is %s", tool.Name, second)
		}
		if _, err := os.Stat(filepath.Join(dir, tool.Work)); err != nil {
			t.Errorf("%s's configuration: %v", tool.Name, err)
		}
	}
}
