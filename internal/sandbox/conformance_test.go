package sandbox_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/trustctl/trustctl/internal/sandbox"
	"github.com/trustctl/trustctl/internal/sandbox/mototest"
)

// peer is one of the two that answer the same calls.
type peer struct {
	iam *iam.Client
	sts *sts.Client
	url string
}

func peerAt(url string) peer {
	// A key id of AWS's own form: moto's account is the sandbox's default.
	c := configOf(url, "AKIAIOSFODNN7EXAMPLE", "")
	return peer{iam.NewFromConfig(c), sts.NewFromConfig(c), url}
}

// observation is one call of the sequence, or a few that belong together, and
// what came of it: a code, "accepted", or a value.
type observation struct {
	action, name string
	run          func(context.Context, peer) string
}

// difference is a known one between the sandbox and moto.
type difference struct {
	Action  string `json:"action"`
	Case    string `json:"case"`
	AWS     string `json:"aws"`    // what AWS does
	Source  string `json:"source"` // where that is documented, or that it was observed
	Sandbox string `json:"sandbox"`
	Moto    string `json:"moto"`
}

// TestTheSandboxAndMotoDifferOnlyWhereItIsSaid runs the same sequence of calls
// against both. What differs must be in testdata/differences.json exactly so;
// an entry there that no longer differs fails too.
func TestTheSandboxAndMotoDifferOnlyWhereItIsSaid(t *testing.T) {
	t.Parallel()
	moto := peerAt(mototest.Start(t))
	ours := peerAt(start(t, sandbox.Options{}).url)

	text, err := os.ReadFile(filepath.Join("testdata", "differences.json"))
	if err != nil {
		t.Fatal(err)
	}
	var known []difference
	if err := json.Unmarshal(text, &known); err != nil {
		t.Fatal(err)
	}
	type key struct{ action, name string }
	expected := map[key]difference{}
	for _, d := range known {
		if d.AWS == "" || d.Source == "" {
			t.Errorf("%s, %s: an entry says what AWS does and where that is said", d.Action, d.Case)
		}
		k := key{d.Action, d.Case}
		if _, twice := expected[k]; twice {
			t.Errorf("%s, %s: listed twice", d.Action, d.Case)
		}
		expected[k] = d
	}

	seen := map[key]bool{}
	for _, o := range observations() {
		k := key{o.action, o.name}
		if seen[k] {
			t.Errorf("%s, %s: observed twice", o.action, o.name)
		}
		seen[k] = true
		got := difference{Action: o.action, Case: o.name, Sandbox: o.run(t.Context(), ours), Moto: o.run(t.Context(), moto)}
		want, listed := expected[k]
		switch {
		case got.Sandbox == got.Moto && listed:
			t.Errorf("%s, %s: no longer differs (%s): take it out of the list", o.action, o.name, got.Sandbox)
		case got.Sandbox != got.Moto && !listed:
			entry, _ := json.Marshal(got)
			t.Errorf("a difference that is not in the list:\n%s", entry)
		case listed && (got.Sandbox != want.Sandbox || got.Moto != want.Moto):
			t.Errorf("%s, %s: differs in another way\nwant sandbox: %s\ngot  sandbox: %s\nwant moto:    %s\ngot  moto:    %s",
				o.action, o.name, want.Sandbox, got.Sandbox, want.Moto, got.Moto)
		}
	}
	for k := range expected {
		if !seen[k] {
			t.Errorf("%s, %s: in the list, but nothing observes it", k.action, k.name)
		}
	}
}
