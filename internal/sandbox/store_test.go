package sandbox_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/google/go-cmp/cmp"

	"github.com/trustctl/trustctl/internal/sandbox"
)

// roleNames are the names in an account of the state at path.
func roleNames(t *testing.T, path string) string {
	t.Helper()
	out := must[*iam.ListRolesOutput](t)(start(t, sandbox.Options{StateFile: path}).iam(prod).ListRoles(t.Context(), &iam.ListRolesInput{}))
	var names []string
	for _, r := range out.Roles {
		names = append(names, *r.RoleName)
	}
	return strings.Join(names, " ")
}

// killed is the state as the end of the process at this moment would leave it:
// a copy of what is on disk.
func killed(t *testing.T, path string) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{path, path + ".journal"} {
		if text, err := os.ReadFile(name); err == nil {
			if err := os.WriteFile(filepath.Join(dir, filepath.Base(name)), text, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	return filepath.Join(dir, filepath.Base(path))
}

func TestTheStateIsThereAgainAfterClose(t *testing.T) {
	path := filepath.Join(t.TempDir(), "below", "state.json")
	t.Run("first", func(t *testing.T) { makeRole(t, start(t, sandbox.Options{StateFile: path}).iam(prod), "deploy") })
	files, err := filepath.Glob(filepath.Join(filepath.Dir(path), "*"))
	if err != nil || len(files) != 1 {
		t.Errorf("want the state file alone, got %v, %v", files, err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("want mode 0600, got %v, %v", info.Mode(), err)
	}
	if got := roleNames(t, path); got != "deploy" {
		t.Errorf("want the role deploy, got %q", got)
	}
}

func TestASandboxThatWasOnlyReadLeavesNoFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.json")
	t.Run("read", func(t *testing.T) { roleNames(t, path) })
	if files, _ := filepath.Glob(filepath.Join(filepath.Dir(path), "*")); len(files) > 0 {
		t.Errorf("want no file, got %v", files)
	}
}

func TestWhatWasAnsweredSurvivesTheEndOfTheProcess(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.json")
	s := start(t, sandbox.Options{StateFile: path})
	makeRole(t, s.iam(prod), "first")
	if err := s.Save(); err != nil {
		t.Fatal(err)
	}
	makeRole(t, s.iam(prod), "second")
	makeRole(t, s.iam(prod), "third")
	must[*iam.DeleteRoleOutput](t)(s.iam(prod).DeleteRole(t.Context(), &iam.DeleteRoleInput{RoleName: aws.String("first")}))

	t.Run("with a whole journal", func(t *testing.T) {
		if got := roleNames(t, killed(t, path)); got != "second third" {
			t.Errorf("want second and third, got %q", got)
		}
	})
	t.Run("with a journal whose last line is cut off", func(t *testing.T) {
		copied := killed(t, path)
		text, _ := os.ReadFile(copied + ".journal")
		if err := os.WriteFile(copied+".journal", text[:len(text)-5], 0o600); err != nil {
			t.Fatal(err)
		}
		if got := roleNames(t, copied); got != "first second third" {
			t.Errorf("want all three, the delete was not answered; got %q", got)
		}
	})
	t.Run("with a journal that the state has already", func(t *testing.T) {
		journal, _ := os.ReadFile(path + ".journal")
		if err := s.Save(); err != nil {
			t.Fatal(err)
		}
		copied := killed(t, path)
		if err := os.WriteFile(copied+".journal", journal, 0o600); err != nil {
			t.Fatal(err)
		}
		if got := roleNames(t, copied); got != "second third" {
			t.Errorf("want second and third, got %q", got)
		}
	})
}

func TestADamagedStateIsAClearErrorAndStaysAsItIs(t *testing.T) {
	const whole = `{"format":"trustctl-sandbox/1","accounts":{}}`
	for name, x := range map[string]struct{ state, journal, want string }{
		"cut off":                    {whole[:20], "", "is damaged or not a sandbox's state"},
		"empty":                      {" ", "", "is damaged or not a sandbox's state"},
		"followed by something":      {whole + "x", "", "is damaged or not a sandbox's state"},
		"of another kind":            {`{"version":4}`, "", "is damaged or not a sandbox's state"},
		"of another version":         {`{"format":"trustctl-sandbox/9"}`, "", `its format is "trustctl-sandbox/9"`},
		"with a wrong account":       {`{"format":"trustctl-sandbox/1","accounts":{"12":{}}}`, "", `"12" is not an account`},
		"with a journal of nonsense": {whole, "nonsense\n", "state.json.journal is damaged in line 1"},
		"with an unknown table":      {whole, `{"account":"123456789012","table":"users","key":"x","value":{}}` + "\n", `there is no table "users"`},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "state.json")
			for file, text := range map[string]string{path: x.state, path + ".journal": x.journal} {
				if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			s, err := sandbox.New(sandbox.Options{StateFile: path})
			if err == nil {
				s.Close()
				t.Fatal("want an error, got none")
			}
			if !strings.Contains(err.Error(), x.want) || !strings.Contains(err.Error(), path) {
				t.Errorf("want an error with %q and the file's name, got: %v", x.want, err)
			}
			if got, _ := os.ReadFile(path); string(got) != x.state {
				t.Errorf("the state file was changed to %q", got)
			}
			if got, _ := os.ReadFile(path + ".journal"); string(got) != x.journal {
				t.Errorf("the journal was changed to %q", got)
			}
		})
	}
}

func TestOneSandboxAtATimeHasAStateFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.json")
	start(t, sandbox.Options{StateFile: path})
	if _, err := sandbox.New(sandbox.Options{StateFile: path}); err == nil || !strings.Contains(err.Error(), "is in use") {
		t.Errorf("want an error that says that it is in use, got %v", err)
	}
}

func TestManyClientsAtOnceLoseNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.json")
	t.Run("write", func(t *testing.T) {
		s := start(t, sandbox.Options{StateFile: path})
		var all sync.WaitGroup
		for i := range 8 {
			c := s.iam(prod)
			all.Go(func() {
				for j := range 10 {
					name := fmt.Sprintf("role-%d-%d", i, j)
					if _, err := c.CreateRole(t.Context(), &iam.CreateRoleInput{RoleName: &name, AssumeRolePolicyDocument: aws.String(pulumiTrust)}); err != nil {
						t.Error(err)
					}
					if _, err := c.GetAccountAuthorizationDetails(t.Context(), &iam.GetAccountAuthorizationDetailsInput{}); err != nil {
						t.Error(err)
					}
				}
			})
		}
		all.Wait()
		if n := s.Counts()["CreateRole"]; n != 80 {
			t.Errorf("want 80 calls of CreateRole counted, got %d", n)
		}
	})
	if got := len(strings.Fields(roleNames(t, path))); got != 80 {
		t.Errorf("want 80 roles, got %d", got)
	}
}

func BenchmarkWriteWithAStateFile(b *testing.B) {
	s := start(b, sandbox.Options{StateFile: filepath.Join(b.TempDir(), "state.json"), Quotas: sandbox.Quotas{Roles: 1 << 30}})
	c := s.iam(prod)
	i := 0
	for b.Loop() {
		makeRole(b, c, fmt.Sprintf("role-%d", i))
		i++
	}
}

func BenchmarkReadOfThousandRoles(b *testing.B) {
	s := start(b, sandbox.Options{})
	c := s.iam(prod)
	for i := range 1000 {
		makeRole(b, c, fmt.Sprintf("role-%d", i))
	}
	for b.Loop() {
		must[*iam.GetAccountAuthorizationDetailsOutput](b)(c.GetAccountAuthorizationDetails(b.Context(), &iam.GetAccountAuthorizationDetailsInput{MaxItems: aws.Int32(1000)}))
		must[*iam.ListRolesOutput](b)(c.ListRoles(b.Context(), &iam.ListRolesInput{MaxItems: aws.Int32(1000)}))
	}
}

func TestACopyOfASandboxHasItsStateAndIsAnother(t *testing.T) {
	first := start(t, sandbox.Options{})
	makeRole(t, first.iam(prod), "one")
	state := must[[]byte](t)(first.State())
	second := start(t, sandbox.Options{State: state})
	if diff := cmp.Diff(string(state), string(must[[]byte](t)(second.State()))); diff != "" {
		t.Errorf("states (-first +second):\n%s", diff)
	}
	makeRole(t, second.iam(prod), "two")
	if after := must[[]byte](t)(first.State()); !bytes.Equal(after, state) {
		t.Error("the first has changed with the second")
	}
	for name, o := range map[string]sandbox.Options{
		"damaged":   {State: state[:len(state)/2]},
		"not one":   {State: []byte("{}")},
		"two kinds": {State: state, StateFile: filepath.Join(t.TempDir(), "state.json")},
	} {
		if _, err := sandbox.New(o); err == nil {
			t.Errorf("%s: it was taken", name)
		}
	}
}
