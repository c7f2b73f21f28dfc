package sandbox

import (
	"slices"
	"strings"
	"time"
)

// Fault is what can go wrong with a call. By itself a fault comes before the
// call is carried out, and in its place; with -after at its end it comes after,
// and what is lost is the answer: "reset", "reset-after".
type Fault string

// The faults that answer with an error of AWS's.
const (
	Throttling             Fault = "throttling"               // 400 Throttling
	ThrottlingException    Fault = "throttling-exception"     // 400 ThrottlingException
	RequestLimit           Fault = "request-limit"            // 400 RequestLimitExceeded
	ServiceFailure         Fault = "service-failure"          // 500 ServiceFailure
	ConcurrentModification Fault = "concurrent-modification"  // 409
	Unmodifiable           Fault = "temporarily-unmodifiable" // 409 EntityTemporarilyUnmodifiable
	ExpiredToken           Fault = "expired-token"            // 403
	InvalidToken           Fault = "invalid-token"            // 403 InvalidClientTokenId
	RequestExpired         Fault = "request-expired"          // 400
	WrongSignature         Fault = "wrong-signature"          // 403 SignatureDoesNotMatch
	AccessDenied           Fault = "access-denied"            // 403
)

// The faults that are no answer of AWS's.
const (
	BadGateway     Fault = "bad-gateway"     // 502 without a body
	Unavailable    Fault = "unavailable"     // 503 without a body
	GatewayTimeout Fault = "gateway-timeout" // 504 without a body
	Reset          Fault = "reset"           // the connection is reset
	Timeout        Fault = "timeout"         // no answer until the client gives up, or the delay is over; then a reset
	Garbage        Fault = "garbage"         // 200 with a page of HTML
	Truncated      Fault = "truncated-after" // the first half of the answer, as if it were the whole
	CutOff         Fault = "cut-off-after"   // the first half of the answer, then the connection ends
)

// The faults that let the call go on.
const (
	Delay Fault = "delay" // for the rule's delay
	Hold  Fault = "hold"  // until Release or Drop
)

// What the log says of calls that met something other than a rule.
const (
	hitRate   Fault = "rate"   // throttled by a Rate
	hitClock  Fault = "clock"  // signed too far from the server's clock
	hitLag    Fault = "lag"    // answered without the latest writes
	hitUnseen Fault = "unseen" // answered NoSuchEntity for what was just created
)

const suffixAfter = "-after"

// After is the fault that comes when the call was carried out.
func (f Fault) After() Fault {
	if f.isAfter() {
		return f
	}
	return f + suffixAfter
}

func (f Fault) isAfter() bool { return strings.HasSuffix(string(f), suffixAfter) }

// kind is the fault without its moment; of those that need an answer, itself.
func (f Fault) kind() Fault {
	if f == Truncated || f == CutOff {
		return f
	}
	return Fault(strings.TrimSuffix(string(f), suffixAfter))
}

// kinds are all faults that there are.
func kinds() []Fault {
	return []Fault{
		Throttling, ThrottlingException, RequestLimit, ServiceFailure, ConcurrentModification, Unmodifiable,
		ExpiredToken, InvalidToken, RequestExpired, WrongSignature, AccessDenied,
		BadGateway, Unavailable, GatewayTimeout, Reset, Timeout, Garbage, Truncated, CutOff, Delay, Hold,
	}
}

// Faults are what goes wrong from now on. The zero Faults are none.
type Faults struct {
	// Rules say what happens to which calls. All that match a call strike it,
	// in order, until one ends it.
	Rules []Rule `json:"rules,omitempty"`
	// Random strikes by chance.
	Random *Random `json:"random,omitempty"`
	// Lags let reads fall behind writes.
	Lags []Lag `json:"lags,omitempty"`
	// Unseen is how many calls that name a role or provider after it was
	// created do not find it: NoSuchEntity.
	Unseen int `json:"unseen,omitempty"`
	// Rates throttle.
	Rates []Rate `json:"rates,omitempty"`
	// Clock is how far the server's clock is ahead of this machine's. A
	// request that was signed more than 15 minutes away from it is refused.
	Clock Duration `json:"clock,omitzero"`
}

// Match picks calls; the zero Match picks all.
type Match struct {
	Actions  []string `json:"actions,omitempty"`  // IAM's and STS's names
	Account  string   `json:"account,omitempty"`  // the twelve digits
	Resource string   `json:"resource,omitempty"` // as in the log: a role's name, a provider's ARN
	Writes   bool     `json:"writes,omitempty"`   // only calls that change something in IAM
}

func (m Match) picks(c Call) bool {
	return (len(m.Actions) == 0 || slices.Contains(m.Actions, c.Action)) &&
		(m.Account == "" || m.Account == c.Account) &&
		(m.Resource == "" || m.Resource == c.Resource) &&
		(!m.Writes || c.Write)
}

// Rule is one fault and the calls that it strikes: of those that match, the
// ones with the numbers in Calls, counted from 1 since the faults were set, or
// those from From to Until; all of them where nothing is said.
type Rule struct {
	Fault Fault `json:"fault"`
	Match
	Calls []int    `json:"calls,omitempty"`
	From  int      `json:"from,omitempty"`
	Until int      `json:"until,omitempty"`
	Delay Duration `json:"delay,omitzero"` // of Delay and Timeout
}

func (r Rule) strikes(n int) bool {
	if len(r.Calls) > 0 {
		return slices.Contains(r.Calls, n)
	}
	return n >= r.From && (r.Until == 0 || n <= r.Until)
}

// Random strikes calls by chance, the same ones for the same seed: the dice of
// a call are thrown from the seed, its account, action and resource, and how
// often that call came before. In which order calls of different objects
// arrive makes no difference.
type Random struct {
	Match
	Seed   uint64            `json:"seed"`
	Chance map[Fault]float64 `json:"chance"`             // of each fault; together at most 1
	InARow int               `json:"in_a_row,omitempty"` // most faults that one call meets one after the other; 0: no bound
	Delay  Duration          `json:"delay,omitzero"`     // of Delay and Timeout
}

// Lag lets reads fall behind writes: a write is not seen by the next Reads
// reads that match, nor by any that match among the next Calls calls of
// whatever kind. DeleteRole counts as a read of what is attached.
type Lag struct {
	Match
	Reads int `json:"reads,omitempty"`
	Calls int `json:"calls,omitempty"`
}

// Rate is a token bucket, one an account: Burst calls at once, PerSecond of
// them come back. One call too many is Throttling. The clock is the Server's.
type Rate struct {
	Match
	PerSecond float64 `json:"per_second"`
	Burst     int     `json:"burst"`
}

// Duration is a time.Duration that JSON spells "1.5s".
type Duration time.Duration

// MarshalText spells the duration.
func (d Duration) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }

// UnmarshalText reads what MarshalText spells.
func (d *Duration) UnmarshalText(text []byte) error {
	value, err := time.ParseDuration(string(text))
	*d = Duration(value)
	return err
}
