package term

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestTheRateIsThatOfTheLastSecondsAndSaysHowLongItWillTake(t *testing.T) {
	now := time.Unix(0, 0)
	r := &rate{now: func() time.Time { return now }, began: now, total: 100}
	var got []string
	say := func() { got = append(got, r.String()) }
	say()
	for range 20 { // two calls a second and a thing a second
		r.call()
		r.call()
		now = now.Add(time.Second)
		r.done++
		if r.done%10 == 5 {
			say()
		}
	}
	now = now.Add(20 * time.Second) // nothing for a while
	say()
	r.done = 100
	say()
	want := []string{"", "2.0 calls/s, 1m35s left", "1.8 calls/s, 1m25s left", "0.0 calls/s", "0.0 calls/s"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("said (-want +got):\n%s", diff)
	}
}
