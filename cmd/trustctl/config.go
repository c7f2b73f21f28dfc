package main

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/spf13/cobra"
	"github.com/trustctl/trustctl/internal/esc"
	"github.com/trustctl/trustctl/internal/spec"
	"github.com/trustctl/trustctl/internal/term"
	"github.com/trustctl/trustctl/internal/trust"
	"golang.org/x/sync/errgroup"
)

// configFlags say which configuration, and with which values.
type configFlags struct {
	path  string
	vars  []spec.VarArg
	input bool
}

func (f *configFlags) register(cmd *cobra.Command, asks bool) {
	cmd.Flags().StringVar(&f.path, "config", "", "read the configuration from `PATH`, a file or a folder; the default is the current folder")
	cmd.Flags().Var(varFlag{&f.vars, false}, "var", "set a variable: `NAME=VALUE`; may be repeated")
	cmd.Flags().Var(varFlag{&f.vars, true}, "var-file", "set variables from `FILE`; may be repeated")
	if asks {
		cmd.Flags().BoolVar(&f.input, "input", true, "ask for what is missing (also TRUSTCTL_INPUT)")
	}
}

// varFlag keeps -var and -var-file in the order in which they were given: the
// last one wins. A value is taken whole, commas and all.
type varFlag struct {
	args *[]spec.VarArg
	file bool
}

func (v varFlag) String() string { return "" }
func (v varFlag) Type() string   { return "value" }
func (v varFlag) Set(text string) error {
	if !v.file && !strings.Contains(text, "=") {
		return fmt.Errorf("%q is not of the form NAME=VALUE", text)
	}
	*v.args = append(*v.args, spec.VarArg{File: v.file, Text: text})
	return nil
}

// mayAsk says whether questions are allowed: by -input, else by TRUSTCTL_INPUT.
func (a *app) mayAsk(cmd *cobra.Command, f configFlags) (bool, error) {
	if set := a.getenv("TRUSTCTL_INPUT"); set != "" && !cmd.Flags().Changed("input") {
		ask, err := strconv.ParseBool(set)
		if err != nil {
			return false, fmt.Errorf("TRUSTCTL_INPUT is %q, which is neither true nor false", set)
		}
		return ask, nil
	}
	return f.input, nil
}

// loaded is a configuration that holds.
type loaded struct {
	*spec.Config
	folder  string // of the configuration, also of one that doesn't hold
	sources *spec.Sources
	diags   hcl.Diagnostics // warnings
}

// load reads the configuration and encodes its ESC files. Mistakes are printed
// on standard error, all of them, and end in errReported.
func (a *app) load(ctx context.Context, cmd *cobra.Command, f configFlags) (*loaded, error) {
	ask, err := a.mayAsk(cmd, f)
	if err != nil {
		return nil, err
	}
	o := a.specOptions(f)
	if ask && a.InTerminal {
		o.Ask = func(name, description string, sensitive bool) (string, error) {
			return term.Ask(ctx, a.Streams, "var."+name, description, sensitive)
		}
	}
	l, err := within(ctx, func() *loaded { return loadConfig(o) })
	if err != nil {
		return nil, err
	}
	if err := a.showDiagnostics(l); err != nil {
		return nil, err
	}
	if l.diags.HasErrors() {
		return nil, errReported
	}
	return l, nil
}

func (a *app) specOptions(f configFlags) spec.Options {
	return spec.Options{Path: f.path, Vars: f.vars, Environ: a.env, Version: version()}
}

// loadConfig reads a configuration; its ESC files get their text here, where
// package esc may be asked.
func loadConfig(o spec.Options) *loaded {
	config, sources, diags := spec.Load(o)
	l := &loaded{Config: config, folder: folderOf(o.Path), sources: sources, diags: diags}
	if config == nil {
		return l
	}
	files := config.State.Files
	wrong := make([][]error, len(files))
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i := range files {
		group.Go(func() error {
			files[i].Content, wrong[i] = encode(files[i])
			return nil
		})
	}
	_ = group.Wait() // what is wrong is in wrong
	for i, mistakes := range wrong {
		if len(l.diags) > spec.MaxShown {
			break // each is looked up in its file
		}
		for _, m := range mistakes {
			l.diags = append(l.diags, l.escDiagnostic(files[i], m))
		}
	}
	return l
}

// folderOf is the folder of a configuration, which is a folder or a file in one.
func folderOf(path string) string {
	if info, err := os.Stat(path); err == nil && !info.IsDir() {
		return filepath.Dir(path)
	}
	return cmp.Or(path, ".")
}

// encode gives a file its text, or says all that is wrong with it. A bug in it
// is an error like another, since a panic beside the run would end the process.
func encode(f trust.EnvironmentFile) (content []byte, wrong []error) {
	defer func() {
		if p := recover(); p != nil {
			content, wrong = nil, []error{fmt.Errorf("this is a bug in trustctl: %v", p)}
		}
	}()
	content, err := esc.Encode(f)
	if err == nil {
		return content, nil
	}
	if mistakes := esc.Check(f); len(mistakes) > 0 {
		return nil, mistakes
	}
	return nil, []error{err}
}

// account finds a declared account by name or id.
func (l *loaded) account(word string) (trust.AccountID, error) {
	i := slices.IndexFunc(l.Accounts, func(a spec.Account) bool { return a.Name == word || string(a.ID) == word })
	if i >= 0 {
		return l.Accounts[i].ID, nil
	}
	var names []string
	for _, a := range l.Accounts {
		names = append(names, a.Name)
	}
	err := fmt.Errorf("the configuration declares no account %q", word)
	if guess := suggest(word, names); guess != "" {
		err = fmt.Errorf("%w\n\nDid you mean %q?", err, guess)
	}
	return "", err
}
