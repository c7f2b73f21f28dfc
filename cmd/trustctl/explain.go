package main

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/spf13/cobra"
	"github.com/trustctl/trustctl/internal/explain"
)

// explainFlags are the flags of explain.
type explainFlags struct {
	runFlags // of a role of the configuration or of an account

	// The token.
	claimsFile, tokenFile, env, aud, sub string
	user, team, tokenType                string

	// What it is put to.
	policyFile, role string
	live             bool

	issuer, providerFile, session, at string
	duration                          time.Duration
	batch                             bool
}

func (a *app) explainCommand() *cobra.Command {
	var f explainFlags
	cmd := &cobra.Command{
		Use:   "explain",
		Short: "Say whether a token may assume a role, and why",
		Long: "Decide one token against one trust policy, statement by statement and condition by\n" +
			"condition; on a denial, say what comes nearest to being admitted.\n\n" +
			"The token is one of -claims, -token-file, -env, or -aud and -sub. It is put to\n" +
			"-policy, which needs no configuration, or to -role, a role of the configuration, or\n" +
			"with -live of its account. -env alone is put to its own role. Signatures are never\n" +
			"checked and tokens never printed. A denial is an answer: the exit code is 0.",
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.runExplain(cmd, &f) },
	}
	fs := cmd.Flags()
	fs.StringVar(&f.policyFile, "policy", "", "decide by the trust policy in `FILE`")
	fs.StringVar(&f.role, "role", "", "decide by the role of `ENVIRONMENT`, org/project/environment; with -live also a role's ARN")
	fs.BoolVar(&f.live, "live", false, "take the role as it is in its account")
	fs.StringVar(&f.claimsFile, "claims", "", "take the token's claims from `FILE`, a JSON object")
	fs.BoolVar(&f.batch, "batch", false, "take one object a line from -claims, and answer each with a line of JSON")
	fs.StringVar(&f.tokenFile, "token-file", "", "take the token, a JSON Web Token, from `FILE`")
	fs.StringVar(&f.env, "env", "", "take the token of `ENVIRONMENT`, org/project/environment, as the configuration has it")
	fs.StringVar(&f.user, "user", "", "with -env: `LOGIN` opens the environment")
	fs.StringVar(&f.team, "team", "", "with -env: by a token of `TEAM`")
	fs.StringVar(&f.tokenType, "token-type", "", "with -env: by a token of `TYPE`")
	fs.StringVar(&f.aud, "aud", "", "take a token with the `AUDIENCE`")
	fs.StringVar(&f.sub, "sub", "", "take a token with the `SUBJECT`")
	fs.StringVar(&f.issuer, "issuer", defaultIssuer, "the token's issuer is at `URL`, unless it says so itself; the default is Pulumi Cloud's")
	fs.StringVar(&f.session, "session-name", "", "the session is to be called `NAME`")
	fs.DurationVar(&f.duration, "duration", 0, "the session is to last `DURATION`")
	fs.StringVar(&f.at, "now", "", "decide whether the token has expired at `TIME`, RFC 3339 or seconds since 1970; -token-file takes the clock's")
	fs.StringVar(&f.providerFile, "provider", "", "decide whether the provider in `FILE`, as `aws iam get-open-id-connect-provider` prints it, lists the audience")
	fs.BoolVar(&f.asJSON, "json", false, "print JSON")
	f.registerReach(cmd, "read only `ACCOUNT`, with -live: a declared name or an id; may be repeated")
	f.snapshotFlags(cmd.Flags())
	return cmd
}

// check refuses flags that contradict each other.
func (f *explainFlags) check(cmd *cobra.Command) error {
	set := func(name string) bool { return cmd.Flags().Changed(name) }
	tokens := 0
	for _, given := range []bool{set("claims"), set("token-file"), set("env"), set("aud") || set("sub")} {
		if given {
			tokens++
		}
	}
	switch {
	case tokens == 0:
		return errors.New("explain needs a token: -claims, -token-file, -env, or -aud and -sub")
	case tokens > 1:
		return errors.New("explain takes one token: -claims, -token-file, -env, or -aud and -sub")
	case set("aud") != set("sub"):
		return errors.New("-aud and -sub belong together")
	case set("policy") && (set("role") || f.live):
		return errors.New("-policy excludes -role and -live")
	case !set("policy") && !set("role") && !set("env"):
		return errors.New("explain needs what the token is put to: -policy=FILE, or -role=org/project/environment")
	case f.batch && !set("claims"):
		return errors.New("-batch goes with -claims")
	case !set("env") && (set("user") || set("team") || set("token-type")):
		return errors.New("-user, -team and -token-type go with -env")
	case f.sandbox != "" && !f.live:
		return errors.New("-sandbox goes with -live")
	case f.snapshot != "" && !f.live:
		return errors.New("-snapshot goes with -live: it stands for the accounts")
	case f.duration < 0:
		return fmt.Errorf("-duration is %s, and must not be negative", f.duration)
	}
	return onceStdin(f.policyFile, f.claimsFile, f.tokenFile, f.providerFile)
}

func (a *app) runExplain(cmd *cobra.Command, f *explainFlags) (err error) {
	if err := f.check(cmd); err != nil {
		return err
	}
	if err := f.runFlags.checkReach(cmd); err != nil {
		return err
	}
	host, err := issuerHost(f.issuer)
	if err != nil {
		return err
	}
	now, err := f.moment(a.now)
	if err != nil {
		return err
	}
	ctx, stop := a.interruptibleWithin(cmd.Context(), f.timeout)
	defer stop()
	s, err := a.explainScope(ctx, cmd, f)
	if err != nil {
		return cause(ctx, err)
	}
	q := explain.Inquiry{Session: f.session, Now: now, Duration: f.duration}
	if q.Target, err = a.explainTarget(f, s); err != nil {
		return err
	}
	if q.Issuer == "" || cmd.Flags().Changed("issuer") {
		q.Issuer = host
	}
	if f.providerFile != "" {
		if q.Provider, err = a.readProvider(f.providerFile); err != nil {
			return err
		}
	}
	if f.batch {
		return a.explainBatch(q, f.claimsFile)
	}
	inquiries, err := a.explainTokens(q, f, s)
	if err != nil {
		return err
	}
	var all []explain.Explanation
	for _, q := range inquiries {
		all = append(all, q.Explain())
	}
	return a.showExplanations(f, all)
}

// checkReach refuses what no run can do.
func (f *runFlags) checkReach(cmd *cobra.Command) error {
	if f.timeout < 0 {
		return fmt.Errorf("-timeout is %s, and must not be negative", f.timeout)
	}
	if err := f.checkSnapshot(cmd); err != nil {
		return err
	}
	return f.checkSandbox(cmd)
}

// moment is the time by which a token's lifetime is decided; zero: it isn't.
func (f *explainFlags) moment(clock func() time.Time) (time.Time, error) {
	if f.at == "" {
		if f.tokenFile != "" {
			return clock(), nil
		}
		return time.Time{}, nil
	}
	if seconds, err := strconv.ParseInt(f.at, 10, 64); err == nil && seconds > 0 && seconds < 1e11 {
		return time.Unix(seconds, 0), nil
	}
	t, err := time.Parse(time.RFC3339, f.at)
	if err != nil {
		return time.Time{}, fmt.Errorf("-now is %q, which is neither a time such as 2026-09-24T12:00:00Z nor seconds since 1970", f.at)
	}
	return t, nil
}

// environmentExplanation is what is printed of an environment: it has several
// tokens where its name has two spellings.
type environmentExplanation struct {
	Allowed     bool                  `json:"allowed"` // every token is
	Unknown     bool                  `json:"unknown,omitempty"`
	Environment string                `json:"environment"`
	Tokens      []explain.Explanation `json:"tokens"`
}

func (a *app) showExplanations(f *explainFlags, all []explain.Explanation) error {
	if !f.asJSON {
		text := ""
		for i, e := range all {
			if i > 0 {
				text += "\n"
			}
			text += explanationText(e, a.colorOut())
		}
		return a.print([]byte(text))
	}
	if f.env == "" {
		return a.printJSON(all[0], "  ")
	}
	denied := slices.ContainsFunc(all, func(e explain.Explanation) bool { return !e.Allowed && !e.Unknown })
	unknown := slices.ContainsFunc(all, func(e explain.Explanation) bool { return e.Unknown })
	return a.printJSON(environmentExplanation{!denied && !unknown, unknown && !denied, f.env, all}, "  ")
}
