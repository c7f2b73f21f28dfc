package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/trustctl/trustctl/internal/plan"
	"github.com/trustctl/trustctl/internal/policy"
	"github.com/trustctl/trustctl/internal/sandbox"
	"github.com/trustctl/trustctl/internal/term"
)

// holding are the policies of a run; none where it reaches no account, or
// where its configuration is wrong, as it says itself.
func holding(a *app, args []string) *held {
	h := &held{policies: map[string]string{}}
	root := a.rootCommand()
	arranged, err := arrange(root, args, a.getenv)
	if err != nil || len(arranged) == 0 {
		return h
	}
	cmd := find(root, arranged[0])
	if cmd == nil || cmd.Flag("sandbox") == nil {
		return h
	}
	for _, asked := range asks(root, arranged) {
		if err := h.add(a, asked); err != nil {
			return &held{}
		}
	}
	for _, document := range h.policies {
		if len(document) > mostRead {
			return &held{}
		}
	}
	return h
}

// mostRead is how long a policy may be for the sandbox to enforce it: it reads
// the whole of it at every call. Configurations of hundreds of roles are about
// other things.
const mostRead = 64 << 10

// asks are the arguments of iam-policy for a run: the command, and those of its
// flags that iam-policy has too. A plan file says itself what it is of. What
// only reads needs the policy of plan, and -snapshot-out that of snapshot too.
func asks(root *cobra.Command, arranged []string) (all [][]string) {
	command, flags, file := arranged[0], []string{}, ""
	snapshots := false
	for _, token := range arranged[1:] {
		name, isFlag := strings.CutPrefix(token, "--")
		name, _, _ = strings.Cut(name, "=")
		switch {
		case !isFlag:
			file = token
		case name == "snapshot-out":
			snapshots = true
		case name != "json" && name != "input" && find(root, "iam-policy").Flag(name) != nil:
			flags = append(flags, token)
		}
	}
	if p, _, err := readPlan(file); command == "apply" && file != "" && err == nil {
		flags = append(flags, fmt.Sprintf("--max-deletes=%d", max(0, p.Choices.MaxDeletes)))
		if command = string(p.Mode); p.Mode == plan.ModeTransfer {
			flags = append(flags, "--from="+p.Stack, "--to="+p.To)
		}
	}
	if !slices.Contains(policyCommands[:], command) {
		command = "plan"
	}
	all = append(all, append([]string{"iam-policy", command, "-json", "-input=false"}, flags...))
	if snapshots {
		all = append(all, append([]string{"iam-policy", "snapshot", "-json", "-input=false"}, flags...))
	}
	return all
}

// add asks for policies, and lets every account have the one that is printed
// for it besides those that it has. The caller's own account, and each that no
// role is assumed to reach, has that of the caller too.
func (h *held) add(a *app, asked []string) error {
	var out bytes.Buffer
	b := &app{Streams: term.Streams{In: strings.NewReader(""), Out: &out, Err: io.Discard}, now: a.now, log: a.log}
	for _, variable := range a.env { // the arguments have their flags already
		if !strings.HasPrefix(variable, "TRUSTCTL_CLI_ARGS") && !strings.HasPrefix(variable, "GITHUB_") {
			b.env = append(b.env, variable)
		}
	}
	here, err := os.Getwd()
	if err == nil {
		err = errors.Join(b.execute(context.Background(), asked), os.Chdir(here)) // from where -chdir led
	}
	var printed policiesJSON
	if err == nil {
		err = json.Unmarshal(out.Bytes(), &printed)
	}
	if err != nil {
		return err
	}
	give := func(account string, d *policy.Document) {
		if d == nil {
			return
		}
		have, err := policy.Parse(cmp.Or(h.policies[account], `{"Version":"2012-10-17","Statement":[]}`))
		if err != nil {
			panic(err)
		}
		for _, s := range d.Statements {
			s.Sid = "" // it is another's too
			have.Statements = append(have.Statements, s)
		}
		h.policies[account] = have.String()
	}
	for id, account := range printed.Accounts {
		give(id, &account.Policy)
		if account.AssumeRole == "" {
			give(id, printed.Caller)
		}
	}
	if id, ok := strings.CutPrefix(a.getenv("AWS_ACCESS_KEY_ID"), sandbox.KeyPrefix); ok && h.policies[id] == "" {
		give(id, printed.Caller)
	}
	return nil
}
