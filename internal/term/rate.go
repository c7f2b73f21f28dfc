package term

import (
	"fmt"
	"time"
)

// rateOver is the time over which the calls are counted.
const rateOver = 10 * time.Second

// rate knows how fast a run goes.
type rate struct {
	now   func() time.Time
	began time.Time
	calls []time.Time // the latest, those older than rateOver left out
	total int
	done  int
}

// call notes a call.
func (r *rate) call() {
	r.calls = append(r.calls, r.now())
	r.trim()
}

func (r *rate) trim() {
	old := 0
	for old < len(r.calls) && r.now().Sub(r.calls[old]) >= rateOver {
		old++
	}
	r.calls = r.calls[old:]
}

// String is the rate and the time left, as far as they can be told yet.
func (r *rate) String() string {
	r.trim()
	elapsed := r.now().Sub(r.began)
	if elapsed < time.Second {
		return ""
	}
	pace := float64(len(r.calls)) / min(elapsed, rateOver).Seconds()
	text := fmt.Sprintf("%.1f calls/s", pace)
	// Where next to nothing is called the time left grows by the second, and says nothing.
	if r.done > 0 && r.done < r.total && pace >= 0.05 {
		left := time.Duration(float64(elapsed) / float64(r.done) * float64(r.total-r.done))
		text += ", " + max(left.Round(time.Second), time.Second).String() + " left"
	}
	return text
}
