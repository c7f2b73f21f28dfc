package mototest

import (
	"io"
	"net/http"
	"runtime"
	"testing"
)

func TestMotoAnswersOnTheAddressThatStartReturns(t *testing.T) {
	answer, err := http.Get(Start(t) + "/moto-api/data.json")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if body, _ := io.ReadAll(answer.Body); answer.StatusCode != http.StatusOK {
		t.Errorf("status %s, want 200:\n%s", answer.Status, body)
	}
}

func TestAMissingMotoIsAFailureOnlyWhenItIsRequired(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	for setting, want := range map[string]string{"": "skipped", "required": "failed"} {
		t.Setenv(Environment, setting)
		f := &outcome{TB: t}
		done := make(chan struct{})
		go func() {
			defer close(done)
			Start(f)
		}()
		<-done
		if f.is != want {
			t.Errorf("with %s=%q the test %s, want %s", Environment, setting, f.is, want)
		}
	}
}

// outcome is a test that records how it ended.
type outcome struct {
	testing.TB
	is string
}

func (o *outcome) Skipf(string, ...any)  { o.is = "skipped"; runtime.Goexit() }
func (o *outcome) Fatalf(string, ...any) { o.is = "failed"; runtime.Goexit() }
