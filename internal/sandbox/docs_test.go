package sandbox_test

import (
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/trustctl/trustctl/internal/sandbox"
)

func TestTheDocumentationNamesEveryFaultAndItsExamplesAreTaken(t *testing.T) {
	text, err := os.ReadFile("../../docs/sandbox.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range sandbox.FaultKinds() {
		if !strings.Contains(string(text), "`"+string(f)+"`") {
			t.Errorf("%s is not in it", f)
		}
	}
	s := start(t, sandbox.Options{})
	put := func(path, body string) {
		if got := request(t, http.MethodPut, s.url+path, "", body); got != "204 " {
			t.Errorf("%s\n%s", body, got)
		}
	}
	examples := regexp.MustCompile(`(?s)(/_sandbox/[a-z0-9/]+) -d '(.*?)'`).FindAllStringSubmatch(string(text), -1)
	settings := regexp.MustCompile("`(\"[a-z]+\": [^`]+)`").FindAllStringSubmatch(string(text), -1)
	if len(examples) < 3 || len(settings) < 3 {
		t.Fatalf("want examples, found %d and %d", len(examples), len(settings))
	}
	for _, x := range examples {
		put(x[1], x[2])
	}
	for _, x := range settings {
		put("/_sandbox/faults", "{"+x[1]+"}")
	}
}
