package main

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// fourAccounts declares as many roles in each of four accounts.
func fourAccounts() string {
	text := "trustctl {\n  stack = \"s\"\n}\norg \"acme\" {\n"
	accounts := ""
	for i, name := range []string{"a", "b", "c", "d"} {
		accounts += fmt.Sprintf("account %q {\n  id = %q\n}\n", name, strings.Repeat(fmt.Sprint(i+1), 12))
		text += fmt.Sprintf("  environment %q {\n    for_each = toset([\"1\", \"2\", \"3\", \"4\"])\n    name = \"%s/${each.key}\"\n    account = account.%s\n  }\n", name, name, name)
	}
	return text + "}\n" + accounts
}

// crowd is a sandbox that keeps the calls of an action until so many as are
// expected have come, and then for a moment, and notes how many there are at
// once.
type crowd struct {
	next     http.Handler
	action   string
	expected int
	complete chan struct{}

	mu       sync.Mutex
	now      map[string]int // by access key
	one, all int            // the most in one account, and in all
}

func (c *crowd) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	if form, _ := url.ParseQuery(string(body)); form.Get("Action") == c.action {
		_, key, _ := strings.Cut(r.Header.Get("Authorization"), "Credential=")
		key, _, _ = strings.Cut(key, "/")
		c.mu.Lock()
		c.now[key]++
		c.one = max(c.one, c.now[key])
		total := 0
		for _, n := range c.now {
			total += n
		}
		if c.all = max(c.all, total); c.all == c.expected {
			c.expected = -1
			close(c.complete)
		}
		c.mu.Unlock()
		select {
		case <-c.complete:
		case <-time.After(5 * time.Second):
		}
		time.Sleep(20 * time.Millisecond) // for one too many
		c.mu.Lock()
		c.now[key]--
		c.mu.Unlock()
	}
	c.next.ServeHTTP(w, r)
}

// The limits are those of the command line: in one account, in all accounts,
// and on the accounts that are read at once.
func TestNoMoreCallsAreMadeAtOnceThanTheCommandLineAllows(t *testing.T) {
	for _, x := range []struct {
		flags    []string
		action   string
		one, all int // at most, and at some moment
	}{
		{[]string{"-parallelism=1"}, "CreateRole", 1, 4},
		{[]string{"-parallelism=2", "-total-parallelism=3"}, "CreateRole", 2, 3},
		{[]string{"-total-parallelism=1"}, "CreateRole", 1, 1},
		{[]string{"-total-parallelism=2"}, "GetAccountAuthorizationDetails", 1, 2},
		{[]string{"-parallelism=2", "-total-parallelism=2", "-account=a"}, "CreateRole", 2, 2},
	} {
		t.Run(fmt.Sprint(x.flags, x.action), func(t *testing.T) {
			t.Parallel()
			s := newSandboxed(t, place{dir: t.TempDir()})
			c := &crowd{next: s.server, action: x.action, expected: x.all, complete: make(chan struct{}), now: map[string]int{}}
			web := httptest.NewServer(c)
			defer web.Close()
			s.url = web.URL
			s.configure(t, fourAccounts())
			s.succeed(t, append([]string{"apply", "-auto-approve"}, x.flags...)...)
			if c.one > x.one || c.all != x.all {
				t.Errorf("%d calls at once in one account and %d in all, want at most %d and %d", c.one, c.all, x.one, x.all)
			}
			made := map[string]bool{}
			for _, call := range s.server.Log() {
				if call.Action == "CreateRole" {
					made[call.Account] = true
				}
			}
			want := []string{"111111111111", "222222222222", "333333333333", "444444444444"}
			if slices.Contains(x.flags, "-account=a") {
				want = want[:1]
			}
			if got := slices.Sorted(maps.Keys(made)); !slices.Equal(got, want) {
				t.Errorf("roles were made in %v, want %v", got, want)
			}
		})
	}
}
