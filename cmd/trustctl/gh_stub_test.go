package main

import (
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	pathpkg "path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/itchyny/gojq"
)

// hub is what the stand-in for the gh command knows of GitHub: a file in the
// folder GH_STATE, beside the artifacts by run and name.
type hub struct {
	Comments []hubComment     `json:"comments"`
	Pulls    []map[string]any `json:"pulls"` // of the commit that is applied
	Runs     []map[string]any `json:"runs"`
	Issues   []hubIssue       `json:"issues"`
}

type hubComment struct {
	ID   int               `json:"id"`
	User map[string]string `json:"user"`
	Body string            `json:"body"`
}

type hubIssue struct {
	Number int    `json:"number"`
	Title  string `json:"title"`
	Body   string `json:"body"`
	Label  string `json:"label"`
	Open   bool   `json:"open"`
}

func readHub() (h hub, err error) {
	text, err := os.ReadFile(filepath.Join(os.Getenv("GH_STATE"), "hub.json"))
	if err != nil {
		return h, err
	}
	return h, json.Unmarshal(text, &h)
}

func (h hub) write() error {
	text, err := json.MarshalIndent(h, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(os.Getenv("GH_STATE"), "hub.json"), text, 0o644)
}

// ghMain is the program gh of the workflow tests. What a --jq says is asked of
// the real documents, by the library that gh itself uses.
func ghMain() {
	if err := gh(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "gh:", err)
		os.Exit(1)
	}
}

func gh(args []string) error {
	if os.Getenv("GH_TOKEN") == "" {
		return fmt.Errorf("there is no GH_TOKEN")
	}
	flags, words := map[string]string{}, []string{}
	for i := 0; i < len(args); i++ {
		switch {
		case args[i] == "--paginate" || args[i] == "--force":
		case strings.HasPrefix(args[i], "--") && i+1 < len(args):
			flags[args[i]] = args[i+1]
			i++
		default:
			words = append(words, args[i])
		}
	}
	h, err := readHub()
	if err != nil {
		return err
	}
	switch {
	case words[0] == "api":
		return h.api(words[1], flags)
	case words[0] == "run" && words[1] == "download":
		return os.CopyFS(flags["--dir"], os.DirFS(filepath.Join(os.Getenv("GH_STATE"), "artifacts", words[2], flags["--name"])))
	case words[0] == "label":
		return nil
	case words[0] == "issue":
		return h.issue(words[1:], flags)
	}
	return fmt.Errorf("not known here: %v", args)
}

func (h hub) api(path string, flags map[string]string) error {
	method := flags["--method"]
	if at, err := url.Parse(path); err == nil && method == "" && strings.HasSuffix(at.Path, "/runs") {
		return query(flags["--jq"], map[string]any{"workflow_runs": h.runs(pathpkg.Base(pathpkg.Dir(at.Path)), at.Query())})
	}
	body, _ := strings.CutPrefix(flags["--field"], "body=@")
	text, err := os.ReadFile(body)
	switch {
	case method != "" && err != nil:
		return err
	case method == "" && strings.HasSuffix(path, "/comments"):
		return query(flags["--jq"], h.Comments)
	case method == "" && strings.HasSuffix(path, "/pulls"):
		return query(flags["--jq"], h.Pulls)
	case method == "POST" && strings.HasSuffix(path, "/comments"):
		h.Comments = append(h.Comments, hubComment{ID: 100 + len(h.Comments), User: map[string]string{"login": "github-actions[bot]"}, Body: string(text)})
		return h.write()
	case method == "PATCH":
		for i := range h.Comments {
			if strings.HasSuffix(path, fmt.Sprintf("/comments/%d", h.Comments[i].ID)) {
				h.Comments[i].Body = string(text)
				return h.write()
			}
		}
	}
	return fmt.Errorf("HTTP 404: %s %s", method, path)
}

// runs are those of a workflow's file that a query asks for: as on GitHub, also
// those of a fork, whose branches may have any name.
// https://docs.github.com/rest/actions/workflow-runs#list-workflow-runs-for-a-workflow
func (h hub) runs(workflow string, asked url.Values) []map[string]any {
	runs := []map[string]any{}
	for _, r := range h.Runs {
		is := r["path"] == ".github/workflows/"+workflow
		for parameter, field := range map[string]string{"head_sha": "head_sha", "branch": "head_branch", "event": "event", "status": "conclusion"} {
			is = is && (!asked.Has(parameter) || r[field] == asked.Get(parameter))
		}
		if is {
			runs = append(runs, r)
		}
	}
	return runs
}

func (h hub) issue(words []string, flags map[string]string) error {
	var body string
	if file := flags["--body-file"]; file != "" {
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		body = string(text)
	}
	find := func() int {
		return slices.IndexFunc(h.Issues, func(x hubIssue) bool { return fmt.Sprint(x.Number) == words[1] })
	}
	switch words[0] {
	case "list":
		var open []hubIssue
		for _, x := range h.Issues {
			if x.Open && x.Label == flags["--label"] {
				open = append(open, x)
			}
		}
		return query(flags["--jq"], open)
	case "create":
		h.Issues = append(h.Issues, hubIssue{Number: 1 + len(h.Issues), Title: flags["--title"], Label: flags["--label"], Body: body, Open: true})
	case "edit":
		h.Issues[find()].Body = body
	case "close":
		h.Issues[find()].Open = false
	default:
		return fmt.Errorf("not known here: issue %v", words)
	}
	return h.write()
}

// query prints what a jq expression gives of a document, as gh does: texts
// without quotes, nothing of null.
func query(expression string, document any) error {
	text, err := json.Marshal(document)
	if err != nil {
		return err
	}
	var plain any
	if err := json.Unmarshal(text, &plain); err != nil {
		return err
	}
	if plain == nil {
		plain = []any{}
	}
	parsed, err := gojq.Parse(expression)
	if err != nil {
		return err
	}
	code, err := gojq.Compile(parsed, gojq.WithEnvironLoader(os.Environ))
	if err != nil {
		return err
	}
	results := code.Run(plain)
	for {
		v, more := results.Next()
		switch v := v.(type) {
		case error:
			return v
		case string:
			fmt.Println(v)
		case nil:
			if !more {
				return nil
			}
		default:
			line, err := json.Marshal(v)
			if err != nil {
				return err
			}
			fmt.Println(string(line))
		}
	}
}

// pulumiMain is the program pulumi of the workflow tests: it takes
// `env edit --non-interactive --file FILE ENVIRONMENT`, and keeps a log of the
// environments in PULUMI_LOG and the files beside it.
func pulumiMain() {
	err := func() error {
		args := os.Args[1:]
		if len(args) != 6 || strings.Join(args[:4], " ") != "env edit --non-interactive --file" {
			return fmt.Errorf("not known here: %v", args)
		}
		if os.Getenv("PULUMI_ACCESS_TOKEN") == "" {
			return fmt.Errorf("there is no PULUMI_ACCESS_TOKEN")
		}
		if _, err := os.Stat(args[4]); err != nil {
			return err
		}
		log, err := os.OpenFile(os.Getenv("PULUMI_LOG"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
		if err != nil {
			return err
		}
		defer log.Close()
		_, err = fmt.Fprintln(log, args[5])
		return err
	}()
	if err != nil {
		fmt.Fprintln(os.Stderr, "pulumi:", err)
		os.Exit(1)
	}
}
