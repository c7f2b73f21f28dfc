package main

import (
	"fmt"
	"slices"

	"github.com/spf13/cobra"
	"github.com/trustctl/trustctl/internal/access"
	"github.com/trustctl/trustctl/internal/policy"
	"github.com/trustctl/trustctl/internal/subject"
)

// compareFlags are the flags of compare.
type compareFlags struct {
	issuer, org string
	failOn      string
	asJSON      bool
}

func (a *app) compareCommand() *cobra.Command {
	var f compareFlags
	cmd := &cobra.Command{
		Use:   "compare OLD.json NEW.json",
		Short: "Say who gains and who loses between two trust policies",
		Long: "Compare two trust policies, each a file or - for standard input: which tokens of\n" +
			"the issuer are admitted by one of them alone. It needs no configuration and no\n" +
			"network. Without -org it speaks of all strings, also of those that no token has.",
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) != 2 {
				return fmt.Errorf("%s needs two policy files, and %d were given\n\nUsage: %s", cmd.CommandPath(), len(args), cmd.UseLine())
			}
			return onceStdin(args...)
		},
		RunE: func(_ *cobra.Command, args []string) error { return a.compare(f, args[0], args[1]) },
	}
	cmd.Flags().StringVar(&f.issuer, "issuer", defaultIssuer, "compare the tokens of the issuer at `URL`; the default is Pulumi Cloud's")
	cmd.Flags().StringVar(&f.org, "org", "", "compare only the tokens that organization `ORG` can have")
	cmd.Flags().StringVar(&f.failOn, "fail-on", "", "end with exit code 3 on `WHAT`: wider, which counts both and unknown as well")
	cmd.Flags().BoolVar(&f.asJSON, "json", false, "print JSON")
	return cmd
}

func (a *app) compare(f compareFlags, from, to string) error {
	if f.failOn != "" && f.failOn != "wider" {
		return fmt.Errorf("-fail-on is %q, and compare knows only -fail-on=wider", f.failOn)
	}
	host, err := issuerHost(f.issuer)
	if err != nil {
		return err
	}
	if f.org != "" {
		if err := subject.CheckOrg(f.org); err != nil {
			return fmt.Errorf("-org: %w", err)
		}
	}
	before, err := a.readPolicy(from)
	if err != nil {
		return err
	}
	after, err := a.readPolicy(to)
	if err != nil {
		return err
	}
	c := compared(before, after, access.Options{Issuer: access.Issuer{Host: host}, Org: f.org})
	if f.asJSON {
		err = a.printJSON(c, "  ")
	} else {
		err = a.print([]byte(c.text(a.colorOut())))
	}
	a.verdict.gate = f.failOn == "wider" && (c.Relation == access.Wider || c.Relation == access.Both || c.Relation == access.Unknown)
	return err
}

// comparison is what compare prints.
type comparison struct {
	Relation access.Relation  `json:"relation"`
	Gained   []comparedTokens `json:"gained"`
	Lost     []comparedTokens `json:"lost"`
	// What was not decided, and would decide it.
	Undecided []access.Doubt `json:"undecided,omitempty"`
	// More says that the lists are not complete.
	More bool `json:"more,omitempty"`
}

// comparedTokens are tokens that one policy alone admits, or a principal that
// is not the issuer's provider and gains or loses something: of those only the
// name is told.
type comparedTokens struct {
	Principal string `json:"principal,omitempty"`

	Audience string        `json:"audience"`
	Any      bool          `json:"any_audience,omitempty"`
	Pattern  string        `json:"pattern"`
	And      []string      `json:"and,omitempty"`
	Except   []string      `json:"except,omitempty"`
	Witness  *witnessToken `json:"witness,omitempty"`
	If       []string      `json:"if,omitempty"`
	Note     string        `json:"note,omitempty"`
}

func compared(before, after policy.Document, o access.Options) comparison {
	d := access.Role(&access.RoleAccess{Trust: before}, &access.RoleAccess{Trust: after}, o)
	c := comparison{
		Relation: d.Tokens.Relation,
		Gained:   tokensOf(d.Tokens.Gained, o.Issuer), Lost: tokensOf(d.Tokens.Lost, o.Issuer),
		More: d.Tokens.Gained.More || d.Tokens.Lost.More,
	}
	for _, side := range []access.Side{d.Tokens.Gained, d.Tokens.Lost} {
		for _, doubt := range side.Open {
			if !slices.Contains(c.Undecided, doubt) {
				c.Undecided = append(c.Undecided, doubt)
			}
		}
	}
	c.Relation = together(c.Relation, d.Principals.Relation)
	for _, p := range d.Principals.Changes {
		t := comparedTokens{Principal: p.Principal}
		switch {
		case p.New:
			t.Note = "it was not trusted before"
		case p.Gone:
			t.Note = "it is not trusted any more"
		}
		if p.Relation == access.Wider || p.Relation == access.Both {
			c.Gained = append(c.Gained, t)
		}
		if p.Relation == access.Narrower || p.Relation == access.Both {
			c.Lost = append(c.Lost, t)
		}
		if p.Relation == access.Unknown {
			c.Undecided = append(c.Undecided, access.Doubt{Condition: p.Principal, Why: "whether this principal gains or loses is not known"})
		}
	}
	return c
}

// together is the relation of two parts of one policy.
func together(a, b access.Relation) access.Relation {
	switch {
	case a == access.Same || a == b:
		return b
	case b == access.Same:
		return a
	case a == access.Unknown || b == access.Unknown:
		return access.Unknown
	}
	return access.Both
}

func tokensOf(side access.Side, issuer access.Issuer) []comparedTokens {
	out := []comparedTokens{}
	for _, g := range side.Gains {
		out = append(out, comparedTokens{
			Audience: g.Audience, Any: g.Any, Pattern: g.Pattern, And: g.And, Except: g.Except,
			Witness: tokenOf(g.Witness, issuer), If: g.If, Note: g.Note,
		})
	}
	return out
}
