package lint

import (
	"strings"
	"testing"
)

func TestTheReportForPeopleBeginsWithTheWorst(t *testing.T) {
	all := []Finding{{Severity: Info, Code: "A"}, {Severity: Warning, Code: "B"}, {Severity: Error, Code: "C"}, {Severity: Error, Code: "D"}}
	var out strings.Builder
	if err := NewReport(all).Text(&out); err != nil {
		t.Fatal(err)
	}
	at := -1
	for _, title := range []string{"Error: C", "Error: D", "Warning: B", "Info: A"} {
		i := strings.Index(out.String(), title)
		if i <= at {
			t.Fatalf("%q is out of place:\n%s", title, &out)
		}
		at = i
	}
	if all[0].Code != "A" {
		t.Error("the findings themselves were put into another order")
	}
}
