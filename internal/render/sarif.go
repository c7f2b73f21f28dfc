package render

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/url"
	"path"
	"strings"

	"github.com/trustctl/trustctl/internal/lint"
	"github.com/trustctl/trustctl/internal/visible"
)

// SARIF are findings as a log of the Static Analysis Results Interchange
// Format, 2.1.0: https://docs.oasis-open.org/sarif/sarif/v2.1.0/. Its types are
// below: the library for it brings a second JSON Schema engine into the
// command, to write a dozen fields.
func SARIF(findings []lint.Finding, folder, version string) ([]byte, error) {
	run := sarifRun{
		Tool:     sarifTool{sarifDriver{Name: "trustctl", Version: version, Information: "https://github.com/trustctl/trustctl", Rules: []sarifRule{}}},
		Category: sarifCategory{path.Join("trustctl", folder) + "/"}, ColumnKind: "unicodeCodePoints", Results: []sarifResult{},
	}
	at := map[string]int{}
	for i, r := range lint.Rules() {
		at[r.Code] = i
		run.Tool.Driver.Rules = append(run.Tool.Driver.Rules, sarifRule{
			ID: r.Code, Short: sarifText{r.Summary}, Help: page(r.Code), Defaults: sarifDefaults{sarifLevel(r.Severity)},
		})
	}
	times := map[string]int{}
	for _, f := range findings {
		severity := f.Severity
		if f.Accepted != nil {
			severity = f.Accepted.Severity
		}
		result := sarifResult{
			Rule: f.Code, Index: at[f.Code], Level: sarifLevel(severity),
			Message: sarifText{message(f)}, Locations: []sarifLocation{sarifPlace(f, folder)},
			Prints: sarifPrints{fingerprint(f, times)}, Suppressions: []sarifSuppression{},
		}
		if a := f.Accepted; a != nil {
			result.Suppressions = append(result.Suppressions, sarifSuppression{"inSource", "accepted", safe(a.Reason)})
		}
		run.Results = append(run.Results, result)
	}
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(sarifLog{Schema: "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json", Version: "2.1.0", Runs: []sarifRun{run}}); err != nil {
		return nil, fmt.Errorf("encoding SARIF: %w", err)
	}
	return visible.JSON(out.Bytes()), nil
}

// message is a finding in plain text. Of SARIF's own markup in it, brackets
// that could be a link are escaped: §3.11.6.
func message(f lint.Finding) string {
	text := f.Detail
	if proof := f.Proof.String(); proof != "" {
		text += " Proof: " + proof + "."
	}
	return strings.NewReplacer(`\`, `\\`, `[`, `\[`, `]`, `\]`).Replace(safe(text + " " + f.Remedy))
}

// sarifLevel is a severity in SARIF's words.
func sarifLevel(s lint.Severity) string {
	if s == lint.Info {
		return "note"
	}
	return string(s)
}

// sarifPlace is where a finding is: in a file of the project, and the object
// that it is about.
func sarifPlace(f lint.Finding, folder string) sarifLocation {
	var l sarifLocation
	if file := below(folder, f.Pos.File); file != "" {
		l.Physical = &sarifPhysical{Artifact: sarifArtifact{(&url.URL{Path: file}).String(), "%SRCROOT%"}}
		if f.Pos.Line > 0 {
			l.Physical.Region = &sarifRegion{f.Pos.Line, f.Pos.Column}
		}
	}
	name := f.Resource
	if name == "" {
		name = f.Place()
	}
	l.Logical = []sarifLogical{{safe(name), "resource"}}
	return l
}

// fingerprint says which finding one is, so that an alert stays the same one
// when lines move: its code, what it is about and its proof. Of several that are
// alike the place in the list counts.
func fingerprint(f lint.Finding, times map[string]int) string {
	key := []string{f.Code, f.Address.String(), f.Environment}
	if p := f.Proof; p != nil {
		key = append(key, p.Audience, p.Subject, p.Text)
	}
	text := strings.Join(key, "\x00")
	times[text]++
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\x00%d", text, times[text]))
	return hex.EncodeToString(sum[:16])
}

type (
	sarifLog struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool       sarifTool     `json:"tool"`
		Category   sarifCategory `json:"automationDetails"`
		ColumnKind string        `json:"columnKind"`
		Results    []sarifResult `json:"results"`
	}
	sarifCategory struct {
		ID string `json:"id"` // so that a configuration's alerts replace none of another's
	}
	sarifTool struct {
		Driver sarifDriver `json:"driver"`
	}
	sarifDriver struct {
		Name        string      `json:"name"`
		Version     string      `json:"version"`
		Information string      `json:"informationUri"`
		Rules       []sarifRule `json:"rules"`
	}
	sarifRule struct {
		ID       string        `json:"id"`
		Short    sarifText     `json:"shortDescription"`
		Help     string        `json:"helpUri"`
		Defaults sarifDefaults `json:"defaultConfiguration"`
	}
	sarifDefaults struct {
		Level string `json:"level"`
	}
	sarifText struct {
		Text string `json:"text"`
	}
	sarifResult struct {
		Rule         string             `json:"ruleId"`
		Index        int                `json:"ruleIndex"`
		Level        string             `json:"level"`
		Message      sarifText          `json:"message"`
		Locations    []sarifLocation    `json:"locations"`
		Prints       sarifPrints        `json:"partialFingerprints"`
		Suppressions []sarifSuppression `json:"suppressions"` // none: not suppressed
	}
	sarifPrints struct {
		Finding string `json:"trustctlFinding/v1"`
	}
	sarifLocation struct {
		Physical *sarifPhysical `json:"physicalLocation,omitempty"`
		Logical  []sarifLogical `json:"logicalLocations"`
	}
	sarifPhysical struct {
		Artifact sarifArtifact `json:"artifactLocation"`
		Region   *sarifRegion  `json:"region,omitempty"`
	}
	sarifArtifact struct {
		URI  string `json:"uri"`
		Base string `json:"uriBaseId"`
	}
	sarifRegion struct {
		Line   int `json:"startLine"`
		Column int `json:"startColumn,omitempty"`
	}
	sarifLogical struct {
		Name string `json:"fullyQualifiedName"`
		Kind string `json:"kind"`
	}
	sarifSuppression struct {
		Kind          string `json:"kind"`
		Status        string `json:"status"`
		Justification string `json:"justification"`
	}
)
