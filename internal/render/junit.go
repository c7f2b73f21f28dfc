package render

import (
	"encoding/xml"
	"fmt"
	"strings"

	"github.com/trustctl/trustctl/internal/lint"
	"github.com/trustctl/trustctl/internal/trust"
)

// JUnitCase is one case of a JUnit report; no lines: it passed.
type JUnitCase struct {
	Name, Class string
	Pos         trust.Pos
	Kind        string   // of the failure
	Lines       []string // what doesn't hold; the first says it in short
}

// The JUnit format, as far as those who read it agree.
// https://github.com/testmoapp/junitxml
type (
	junitSuites struct {
		XMLName  xml.Name   `xml:"testsuites"`
		Tests    int        `xml:"tests,attr"`
		Failures int        `xml:"failures,attr"`
		Suite    junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		Name     string      `xml:"name,attr"`
		Tests    int         `xml:"tests,attr"`
		Failures int         `xml:"failures,attr"`
		Cases    []junitCase `xml:"testcase"`
	}
	junitCase struct {
		Name    string        `xml:"name,attr"`
		Class   string        `xml:"classname,attr"`
		File    string        `xml:"file,attr,omitempty"`
		Line    int           `xml:"line,attr,omitempty"`
		Failure *junitFailure `xml:"failure"`
	}
	junitFailure struct {
		Message string `xml:"message,attr"`
		Type    string `xml:"type,attr"`
		Text    string `xml:",chardata"`
	}
)

// JUnit is a suite of cases as JUnit XML.
func JUnit(suite string, cases []JUnitCase) ([]byte, error) {
	all := junitSuites{Suite: junitSuite{Name: suite}}
	for _, c := range cases {
		one := junitCase{Name: safe(c.Name), Class: safe(c.Class), File: safe(c.Pos.File), Line: c.Pos.Line}
		if len(c.Lines) > 0 {
			lines := make([]string, len(c.Lines))
			for i, line := range c.Lines {
				lines[i] = safe(line)
			}
			one.Failure = &junitFailure{Message: lines[0], Type: c.Kind, Text: strings.Join(lines, "\n")}
			all.Failures++
		}
		all.Suite.Cases = append(all.Suite.Cases, one)
	}
	all.Tests, all.Suite.Tests, all.Suite.Failures = len(cases), len(cases), all.Failures
	text, err := xml.MarshalIndent(all, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("encoding JUnit XML: %w", err)
	}
	return append([]byte(xml.Header), append(text, '\n')...), nil
}

// FindingCases are findings as cases, which fail but for infos. A suite without
// a case looks like one that did not run, so none are one case that passes.
func FindingCases(findings []lint.Finding) []JUnitCase {
	var cases []JUnitCase
	for _, f := range findings {
		c := JUnitCase{Name: f.Code + ": " + f.Summary, Class: f.Resource, Pos: f.Pos}
		if c.Class == "" {
			c.Class = f.Place()
		}
		if f.Severity != lint.Info {
			c.Kind = string(f.Severity)
			c.Lines = []string{f.Detail}
			if proof := f.Proof.String(); proof != "" {
				c.Lines = append(c.Lines, "Proof: "+proof)
			}
			c.Lines = append(c.Lines, f.Remedy)
		}
		cases = append(cases, c)
	}
	if cases == nil {
		cases = []JUnitCase{{Name: "no findings", Class: "trustctl lint"}}
	}
	return cases
}
