package sandbox

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/trustctl/trustctl/internal/policy"
)

// exchange is one call from its arrival to its answer.
type exchange struct {
	server *Server
	w      http.ResponseWriter
	r      *http.Request
	name   string
	action action
	params params
	number int
	held   *held // the hold that it came through last

	changed <-chan struct{} // closed when other faults are set
}

// run carries the call out and answers it, as far as the faults let it.
func (x *exchange) run() {
	s := x.server
	defer func() { x.held.settle() }()
	number, strikes, changed := s.desk.arrive(x.line(), x.r.Header, s.options.Now())
	x.number, x.changed = number, changed
	x.showClock()
	for _, k := range strikes {
		if !k.fault.isAfter() && x.struck(k, answer{}) {
			return
		}
	}
	result, err := x.carryOut()
	a := answerOf(x.action.service, x.name, result, err)
	s.desk.answered(number, a.code)
	for _, k := range strikes {
		if k.fault.isAfter() && x.struck(k, a) {
			return
		}
	}
	send(x.w, a)
}

// line is the call's line in the log, as far as it is known on arrival.
func (x *exchange) line() Call {
	c := Call{Account: DefaultAccount, Action: x.name, Resource: x.params.resource()}
	c.Write = x.action.writes && x.action.service == iamService()
	id, err := credentialOf(x.r, x.action.open)
	switch rest, ok := strings.CutPrefix(id.keyID, KeyPrefix); {
	case err != nil:
		c.Account = ""
	case ok && len(rest) >= 12 && policy.IsAccountID(rest[:12]):
		c.Account = rest[:12]
	case x.action.open:
		c.Account, _, _ = parseRoleARN(c.Resource)
	}
	return c
}

// resource is what a call is about, as the request names it.
func (p params) resource() string {
	for _, name := range []string{
		"RoleName", "OpenIDConnectProviderArn", "Url", "InstanceProfileName", "RoleArn", "PolicyArn", "PolicyName",
	} {
		if p.has(name) {
			return p.text(name)
		}
	}
	return ""
}

// carryOut runs the action for whoever asks.
func (x *exchange) carryOut() (any, error) {
	s := x.server
	id, err := credentialOf(x.r, x.action.open)
	if err != nil {
		return nil, err
	}
	if err := s.checker.check(x.name, x.action.parameters, x.params); err != nil {
		return nil, err
	}
	if x.action.writes {
		s.mu.Lock()
		defer s.mu.Unlock()
	} else {
		s.mu.RLock()
		defer s.mu.RUnlock()
	}
	now := s.now()
	who, err := s.identify(id, now)
	if err != nil {
		return nil, err
	}
	c := &call{
		server: s, action: x.name, params: x.params, now: now,
		caller: who, account: s.world.account(who.Account),
	}
	if err := c.authorize(); err != nil {
		return nil, err
	}
	if err := x.early(c); err != nil {
		return nil, err
	}
	result, err := x.action.run(c)
	if err == nil {
		s.desk.carriedOut(x.number)
	}
	return result, err
}

// early makes a call meet what IAM does to one that comes soon after a write:
// it does not find what is new, and a read sees the account as it was.
func (x *exchange) early(c *call) error {
	d := x.server.desk
	if name := x.params.text("RoleName"); name != "" && x.name != "CreateRole" && d.overlooks(x.number, c.account.ID, tableRoles, fold(name)) {
		return fail(noSuchEntity, "The role with name %s cannot be found.", name)
	}
	if arn := x.params.text("OpenIDConnectProviderArn"); arn != "" {
		if _, issuer, _ := strings.Cut(arn, ":oidc-provider/"); d.overlooks(x.number, c.account.ID, tableProviders, issuer) {
			return fail(noSuchEntity, "OpenIDConnect Provider not found for arn %s", arn)
		}
	}
	switch {
	case x.action.service != iamService():
		return nil
	case !x.action.writes:
		c.account = d.view(x.number, c.account)
	case x.name == deleteRole:
		stale := *c
		stale.account = d.view(x.number, c.account)
		_, err := stale.deletableRole()
		return err
	}
	return nil
}

// struck makes the call meet a fault, and reports whether that was its end.
// a is the answer, if the call was carried out.
func (x *exchange) struck(k strike, a answer) bool {
	d := x.server.desk
	d.met(x.number, k.fault)
	x.patient()
	switch k.fault.kind() {
	case Delay:
		x.wait(k.delay, nil)
		return false
	case Hold:
		h, on := d.hold(x.number, x.held, x.changed)
		if x.held = h; on {
			return false
		}
		x.cut()
	case Timeout:
		x.wait(k.delay, x.r.Context().Done())
		x.cut()
	case Reset:
		x.cut()
	case Truncated:
		a.body = a.body[:len(a.body)/2]
		send(x.w, a)
	case CutOff:
		header(x.w, a)
		x.w.Write(a.body[:len(a.body)/2])
		http.NewResponseController(x.w).Flush()
		panic(http.ErrAbortHandler) // what net/http has for an answer that ends too early
	case BadGateway:
		x.w.WriteHeader(http.StatusBadGateway)
	case Unavailable:
		x.w.WriteHeader(http.StatusServiceUnavailable)
	case GatewayTimeout:
		x.w.WriteHeader(http.StatusGatewayTimeout)
	case Garbage:
		page := "<html><head><title>Welcome</title></head><body>Sign in to use this network<br></body></html>"
		x.w.Header().Set("Content-Type", "text/html")
		x.w.Header().Set("Content-Length", strconv.Itoa(len(page)))
		fmt.Fprint(x.w, page)
	default:
		x.refuse(k.fault)
	}
	return true
}

// refuse answers with the error of a fault.
func (x *exchange) refuse(f Fault) {
	a := refusal(x.action.service, x.errorOf(f.kind()))
	if !f.isAfter() {
		x.server.desk.answered(x.number, a.code)
	}
	send(x.w, a)
}

// errorOf is a fault in AWS's words, as they were observed or stand in its
// reference.
// https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html
func (x *exchange) errorOf(f Fault) error {
	switch f {
	case Throttling, hitRate:
		return fail(throttling, "Rate exceeded")
	case ThrottlingException:
		return fail(throttlingException, "Rate exceeded")
	case RequestLimit:
		return fail(requestLimitExceeded, "Request limit exceeded.")
	case ServiceFailure:
		return fail(internalFailure, "The request processing has failed because of an unknown error, exception or failure.")
	case ConcurrentModification:
		return fail(concurrentModification, "The request was rejected because multiple requests to change this object were submitted simultaneously. Wait a few minutes and submit your request again.")
	case Unmodifiable:
		return fail(entityUnmodifiable, "The entity is being modified by another request and cannot be modified at this time.")
	case ExpiredToken:
		return fail(expiredToken, "The security token included in the request is expired")
	case InvalidToken:
		return badToken()
	case RequestExpired:
		return fail(requestExpired, "Request has expired.")
	case WrongSignature:
		return fail(signatureDoesNotMatch, "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.")
	case AccessDenied:
		return x.denied()
	case hitClock:
		return x.skewed()
	}
	return fmt.Errorf("there is no fault %q", f)
}

// denied is AccessDenied for whoever makes this call.
func (x *exchange) denied() error {
	s := x.server
	id, err := credentialOf(x.r, x.action.open)
	if err != nil {
		return err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	now := s.now()
	who, err := s.identify(id, now)
	if err != nil {
		return err
	}
	c := &call{server: s, action: x.name, params: x.params, caller: who, account: s.world.account(who.Account), now: now}
	return c.firstDenied()
}

// patient lifts the bounds on reading and writing from a call that is to take
// its time.
func (x *exchange) patient() {
	bounds := http.NewResponseController(x.w)
	// A writer without a connection has no bounds to lift.
	_ = errors.Join(bounds.SetReadDeadline(time.Time{}), bounds.SetWriteDeadline(time.Time{}))
}

// cut resets the connection.
func (x *exchange) cut() {
	connection, _, err := http.NewResponseController(x.w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler) // the next best thing: the connection is closed
	}
	if tcp, ok := connection.(*net.TCPConn); ok {
		tcp.SetLinger(0) // an RST, not a FIN
	}
	connection.Close()
}

// wait lasts for a while, or until done or until other faults are set; a while
// of 0 has no end of its own.
func (x *exchange) wait(while time.Duration, done <-chan struct{}) {
	var over <-chan time.Time
	if while > 0 {
		timer := time.NewTimer(while)
		defer timer.Stop()
		over = timer.C
	}
	select {
	case <-over:
	case <-done:
	case <-x.changed:
	}
}
