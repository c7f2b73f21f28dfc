package sandbox

import (
	"fmt"
	"hash/fnv"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"time"
)

// Call is one call in the log.
type Call struct {
	Number   int     `json:"number"`             // from 1, in the order of arrival
	Account  string  `json:"account"`            // whose credentials signed it
	Action   string  `json:"action"`             // IAM's or STS's name
	Resource string  `json:"resource,omitempty"` // the role's name, the provider's ARN…: as the request names it
	Write    bool    `json:"write,omitempty"`    // it changes something in IAM
	Carried  int     `json:"carried,omitempty"`  // from 1, in the order of being carried out; 0: it was not
	Code     string  `json:"code,omitempty"`     // of the sandbox's answer, whether or not it arrived; "" is success
	Faults   []Fault `json:"faults,omitempty"`   // what it met
}

// maxLog is how many calls the log keeps at least; older ones go.
const maxLog = 1 << 16

// desk is where calls arrive: it numbers and logs them, and decides what each
// of them meets. It is guarded by its own lock, the last that anyone takes.
type desk struct {
	mu      sync.Mutex
	number  int
	carried int
	log     []Call // numbers without a gap
	counts  map[string]int

	faults  Faults
	changed chan struct{}     // closed when other faults are set
	matched []int             // by rule: how many calls matched
	came    map[string]int    // by call: how often it came, for Random
	streak  map[string]int    // by call: how many faults in a row it met
	buckets map[string]bucket // by rate and account
	history []change          // writes that some read may not see yet, oldest first
	unseen  map[string]int    // by object: how many calls still do not find it
	held    map[int]*held
	holding chan struct{} // closed when one more is held
}

// strike is a fault that a call is to meet.
type strike struct {
	fault Fault
	delay time.Duration
}

func newDesk() *desk {
	d := &desk{counts: map[string]int{}, held: map[int]*held{}, holding: make(chan struct{})}
	d.set(Faults{})
	return d
}

// set begins with other faults. What is held or delayed goes on.
func (d *desk) set(f Faults) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.changed != nil {
		close(d.changed)
	}
	d.changed = make(chan struct{})
	d.faults = f
	d.matched = make([]int, len(f.Rules))
	d.came, d.streak = map[string]int{}, map[string]int{}
	d.buckets, d.unseen = map[string]bucket{}, map[string]int{}
	d.history = nil
	for number := range d.held {
		d.letGo(number, true)
	}
}

// arrive numbers a call, puts it into the log and says what it will meet, and
// what is closed when other faults are set. now is the Server's clock, for the
// rates.
func (d *desk) arrive(c Call, header http.Header, now time.Time) (number int, strikes []strike, changed <-chan struct{}) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.number++
	c.Number = d.number
	d.counts[c.Action]++
	if len(d.log) >= 2*maxLog {
		d.log = slices.Clone(d.log[maxLog:])
	}
	d.log = append(d.log, c)

	if d.faults.Clock != 0 && tooFar(header, d.faults.Clock) {
		strikes = append(strikes, strike{fault: hitClock})
	}
	if d.overRate(c, now) {
		strikes = append(strikes, strike{fault: hitRate})
	}
	for i, r := range d.faults.Rules {
		if !r.picks(c) {
			continue
		}
		d.matched[i]++
		if r.strikes(d.matched[i]) {
			strikes = append(strikes, strike{r.Fault, time.Duration(r.Delay)})
		}
	}
	if r := d.faults.Random; r != nil && r.picks(c) {
		if f := d.throw(*r, c); f != "" {
			strikes = append(strikes, strike{f, time.Duration(r.Delay)})
		}
	}
	return c.Number, strikes, d.changed
}

// throw is the fault that chance has for a call, or "".
func (d *desk) throw(r Random, c Call) Fault {
	key := c.Account + "\x00" + c.Action + "\x00" + c.Resource
	d.came[key]++
	h := fnv.New64a()
	h.Write([]byte(key))
	dice := rand.New(rand.NewPCG(r.Seed, h.Sum64()^uint64(d.came[key])*0x9e3779b97f4a7c15)).Float64()
	if r.InARow > 0 && d.streak[key] >= r.InARow {
		d.streak[key] = 0
		return ""
	}
	for _, f := range slices.Sorted(maps.Keys(r.Chance)) {
		if dice < r.Chance[f] {
			d.streak[key]++
			return f
		}
		dice -= r.Chance[f]
	}
	d.streak[key] = 0
	return ""
}

// line is a call's line in the log, nil if it is no longer there.
func (d *desk) line(number int) *Call {
	if len(d.log) == 0 || number < d.log[0].Number {
		return nil
	}
	return &d.log[number-d.log[0].Number]
}

// met notes a fault in the log.
func (d *desk) met(number int, f Fault) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.meets(number, f)
}

func (d *desk) meets(number int, f Fault) {
	if c := d.line(number); c != nil {
		c.Faults = append(slices.Clip(c.Faults), f)
	}
}

// carriedOut notes that a call was carried out, while the world is still locked.
func (d *desk) carriedOut(number int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.carried++
	if c := d.line(number); c != nil {
		c.Carried = d.carried
	}
}

// answered notes the code of a call's answer.
func (d *desk) answered(number int, code string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if c := d.line(number); c != nil {
		c.Code = code
	}
}

// bucket is a token bucket as it was at a moment.
type bucket struct {
	tokens float64
	at     time.Time
}

// overRate takes a token out of every bucket that the call falls under; it is
// over the rate if one of them is empty.
func (d *desk) overRate(c Call, now time.Time) bool {
	over := false
	for i, r := range d.faults.Rates {
		if !r.picks(c) {
			continue
		}
		key := fmt.Sprint(i, "/", c.Account)
		b, ok := d.buckets[key]
		if !ok {
			b = bucket{float64(r.Burst), now}
		}
		b.tokens = min(float64(r.Burst), b.tokens+r.PerSecond*max(0, now.Sub(b.at).Seconds()))
		b.at = now
		if b.tokens < 1 {
			over = true
		} else {
			b.tokens--
		}
		d.buckets[key] = b
	}
	return over
}
