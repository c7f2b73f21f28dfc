package endtoend_test

import (
	"bytes"
	"context"
	"flag"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/trustctl/trustctl/internal/apply"
	"github.com/trustctl/trustctl/internal/esc"
	"github.com/trustctl/trustctl/internal/live"
	"github.com/trustctl/trustctl/internal/plan"
	"github.com/trustctl/trustctl/internal/policy"
	"github.com/trustctl/trustctl/internal/render"
	"github.com/trustctl/trustctl/internal/sandbox"
	"github.com/trustctl/trustctl/internal/spec"
	"github.com/trustctl/trustctl/internal/trust"
	"pgregory.net/rapid"
)

const (
	prod = "111122223333"
	dev  = "444455556666"
)

// plainChecks is how many generated cases a plain go test checks.
const plainChecks = "40"

// TestMain lets a plain go test check forty generated cases; -rapid.checks
// asks for more.
func TestMain(m *testing.M) {
	flag.Parse()
	asked := false
	flag.Visit(func(f *flag.Flag) { asked = asked || f.Name == "rapid.checks" })
	if !asked {
		if err := flag.Set("rapid.checks", plainChecks); err != nil {
			panic(err)
		}
	}
	os.Exit(m.Run())
}

// steps bounds a test whose cases are long: so many of them, with so many steps
// each, unless -rapid.checks or -rapid.steps ask for others.
func steps(t *testing.T, checks, steps int) {
	t.Helper()
	for name, n := range map[string]int{"rapid.checks": checks, "rapid.steps": steps} {
		f := flag.Lookup(name)
		if before := f.Value.String(); before == f.DefValue || before == plainChecks {
			check(t, f.Value.Set(strconv.Itoa(n)))
			t.Cleanup(func() { check(t, f.Value.Set(before)) })
		}
	}
}

// world is a sandbox behind a wire that keeps a log, and a folder for the
// configuration and one for the ESC files.
type world struct {
	t      rapid.TB
	wire   *wire
	server *sandbox.Server
	web    *httptest.Server
	url    string
	client *http.Client
	dir    string // everything of the world is in it
	path   string // of the configuration
	root   *os.Root
	narrow func(command string, d policy.Document) policy.Document // of the policies that are enforced; nil: as they are printed
	held   bool                                                    // they are enforced at this moment

	appliesOnly bool // of least_privilege_test
}

// open starts a world in a folder. The caller closes it.
func open(t rapid.TB, dir string, o sandbox.Options) *world {
	t.Helper()
	for _, below := range []string{"config", "out"} {
		check(t, os.MkdirAll(filepath.Join(dir, below), 0o755))
	}
	server, err := sandbox.New(o)
	check(t, err)
	root, err := os.OpenRoot(filepath.Join(dir, "out"))
	check(t, err)
	w := &world{t: t, wire: &wire{next: server}, server: server, dir: dir, path: filepath.Join(dir, "config"), root: root}
	w.web = httptest.NewServer(w.wire)
	w.url = w.web.URL
	w.client = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}}
	return w
}

func (w *world) close() {
	w.client.CloseIdleConnections()
	w.web.Close()
	check(w.t, w.server.Close())
	check(w.t, w.root.Close())
}

// newWorld is a world for one test.
func newWorld(t *testing.T, o sandbox.Options) *world {
	t.Helper()
	w := open(t, t.TempDir(), o)
	t.Cleanup(w.close)
	return w
}

// configure writes the configuration: one file, or several by name.
func (w *world) configure(text string) { w.configureFiles(map[string]string{"main": text}) }

func (w *world) configureFiles(texts map[string]string) {
	w.t.Helper()
	w.path = filepath.Join(w.dir, "config")
	check(w.t, os.RemoveAll(w.path))
	check(w.t, os.Mkdir(w.path, 0o755))
	for name, text := range texts {
		check(w.t, os.WriteFile(filepath.Join(w.path, name+".trust.hcl"), []byte(text), 0o644))
	}
}

// load compiles the configuration and encodes its ESC files.
func (w *world) load() *spec.Config {
	w.t.Helper()
	config, sources, diags := spec.Load(spec.Options{Path: w.path})
	if diags.HasErrors() {
		var b bytes.Buffer
		check(w.t, sources.Write(&b, diags, 0, false))
		w.t.Fatalf("the configuration is wrong:\n%s", b.String())
	}
	for i := range config.State.Files {
		f := &config.State.Files[i]
		for _, wrong := range esc.Check(*f) {
			w.t.Fatalf("%s: %v", f.Environment, wrong)
		}
		content, err := esc.Encode(*f)
		check(w.t, err)
		f.Content = content
	}
	return config
}

// run is a plan and what it takes to carry it out.
type run struct {
	w        *world
	config   *spec.Config
	sessions *live.Sessions
	folder   *files
	plan     *plan.Plan
	options  plan.Options
	current  trust.State // what it was made from
}

// compute loads the configuration, reads the accounts and compares, each time
// from the beginning.
func (w *world) compute(change ...func(*plan.Options)) *run {
	w.t.Helper()
	return w.computeFor(w.load(), change...)
}

func (w *world) computeFor(config *spec.Config, change ...func(*plan.Options)) *run {
	w.t.Helper()
	r, err := w.tryToCompute(config, change...)
	check(w.t, err)
	return r
}

func (w *world) tryToCompute(config *spec.Config, change ...func(*plan.Options)) (*run, error) {
	w.t.Helper()
	ctx := context.Background()
	var targets []live.Target
	for _, a := range config.Accounts {
		targets = append(targets, live.Target{Account: a.Account})
	}
	sessions, err := live.Connect(ctx, targets, live.Options{
		Endpoint: w.url, HTTPClient: w.client, Backoff: func(int) time.Duration { return 0 },
		Credentials: func(id trust.AccountID) aws.CredentialsProvider { return keys(string(id)) },
	})
	if err != nil {
		return nil, err
	}
	want := wanted(config)
	o := optionsFor(config)
	for _, f := range change {
		f(&o)
	}
	want.Stack, want.EveryProvider = o.Stack, o.Mode == plan.ModeDestroy || o.Mode == plan.ModeTransfer
	var current trust.State
	w.under(config, o, false, func() { current, err = live.Read(ctx, sessions, want) })
	if err != nil {
		return nil, err
	}
	folder, err := esc.Open(w.root, config.ESCDir)
	check(w.t, err)
	current.Files, err = folder.Read(o.Stack, config.State.Files)
	check(w.t, err)
	desired := config.State
	if o.Mode == plan.ModeTransfer {
		desired.Files = esc.Transferred(current.Files, o.Stack, o.To)
	}
	return &run{w: w, config: config, sessions: sessions, folder: &files{Folder: folder}, plan: plan.Compute(desired, current, o), options: o, current: current}, nil
}

// wanted is what a plan needs of the accounts.
func wanted(config *spec.Config) live.Want {
	want := live.Want{Roles: map[trust.Address]bool{}, Stack: config.Stack}
	for _, i := range config.Issuers {
		want.Issuers = append(want.Issuers, live.Issuer{Name: i.Name, URL: i.URL})
	}
	for _, r := range config.State.Roles {
		want.Roles[r.Address()] = true
	}
	return want
}

func optionsFor(config *spec.Config) plan.Options {
	o := plan.Options{
		Stack: config.Stack, MaxDeletes: config.MaxDeletes, IgnoreTags: plan.IgnoreTags(config.IgnoreTags),
		Resource: config.Resource, Sandbox: true,
	}
	for _, i := range config.Issuers {
		o.Issuers = append(o.Issuers, i.URL)
	}
	return o
}

// reads is how many calls the reading took, as people are told.
func (r *run) reads() int {
	n, _ := r.sessions.Calls()
	return n
}

func (r *run) text() string {
	r.w.t.Helper()
	var b bytes.Buffer
	check(r.w.t, render.Text(&b, render.Report{Plan: r.plan, Reads: r.reads()}, render.TextOptions{Verbose: true}))
	return b.String()
}

func (r *run) json() string {
	r.w.t.Helper()
	text, err := render.JSON(render.Report{Plan: r.plan, Timestamp: time.Unix(0, 0), Version: "test", Reads: r.reads()})
	check(r.w.t, err)
	return string(text)
}

// apply carries the plan out, which has to succeed under the smallest policy
// for it, and returns the calls that the server saw. What it saw is what the
// plan announced.
func (r *run) apply() calls {
	r.w.t.Helper()
	if r.plan.Errored() {
		r.w.t.Fatalf("the plan has errors:\n%s", r.text())
	}
	before := len(r.w.wire.log())
	result := r.carryOut(context.Background(), apply.Options{Patience: time.Millisecond})
	for _, o := range append(result.Failed, result.NotTried...) {
		r.w.t.Errorf("%s: %v", o.Resource, o.Err)
	}
	seen := r.w.wire.log()[before:]
	if announced := r.plan.Writes(); len(seen) != announced || result.Writes != announced {
		r.w.t.Errorf("the plan announced %d writes, the run counted %d, the server saw %v", announced, result.Writes, seen)
	}
	if r.w.t.Failed() {
		r.w.t.Fatalf("the plan was:\n%s", r.text())
	}
	return seen
}

// carryOut walks the plan, however that ends.
func (r *run) carryOut(ctx context.Context, o apply.Options) (result apply.Result) {
	r.w.under(r.config, r.options, true, func() {
		result = apply.Run(ctx, r.plan, func(id trust.AccountID) (apply.IAM, error) { return r.sessions.IAM(id) }, r.folder, o)
	})
	return result
}

// apply plans, carries out, and demands that the next plan is empty.
func (w *world) apply(change ...func(*plan.Options)) calls {
	w.t.Helper()
	r := w.compute(change...)
	seen := r.apply()
	w.settled(r)
	return seen
}

// settled demands that a new plan for what was applied is empty, and that
// making it wrote nothing.
func (w *world) settled(applied *run) {
	w.t.Helper()
	before := len(w.wire.log())
	next := w.computeFor(applied.config)
	if next.plan.Pending() || next.plan.Errored() || !strings.Contains(next.text(), "\nNo changes.") {
		w.t.Fatalf("the plan after the apply is not empty:\n%s\nthe one before was:\n%s", next.text(), applied.text())
	}
	if writes := w.wire.log()[before:].writes(); len(writes) > 0 {
		w.t.Fatalf("planning wrote: %v", writes)
	}
}

// tree is every ESC file by its path.
func (w *world) tree() map[string]string {
	w.t.Helper()
	all := map[string]string{}
	check(w.t, fs.WalkDir(w.root.FS(), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := fs.ReadFile(w.root.FS(), path)
		all[path] = string(content)
		return err
	}))
	return all
}

// iam is a client by whose hand an account is edited.
func (w *world) iam(account string) *iam.Client {
	return iam.New(iam.Options{
		Region: "us-east-1", BaseEndpoint: &w.url, HTTPClient: w.client,
		Credentials: keys(account),
	})
}

func keys(account string) aws.CredentialsProvider {
	return credentials.NewStaticCredentialsProvider(sandbox.KeyPrefix+account, "secret", "")
}

// files counts what a run writes and removes.
type files struct {
	*esc.Folder
	written, removed counter
}

func (f *files) Write(file trust.EnvironmentFile, force bool) error {
	f.written.add(1)
	return f.Folder.Write(file, force)
}

func (f *files) Remove(file trust.EnvironmentFile, force bool) error {
	f.removed.add(1)
	return f.Folder.Remove(file, force)
}

func check(t rapid.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
