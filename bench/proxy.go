//go:build unix

package main

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Network is what lies between a tool and IAM: how long a call takes to get
// there and back, and how many calls a second are let through. The zero
// Network adds nothing and refuses nothing.
type Network struct {
	Delay time.Duration
	Rate  float64 // calls a second; 0: no limit
	Burst int     // calls that may come at once after a pause; 0 is Rate's
}

// Calls are the calls that came in, the refused ones among them.
type Calls struct {
	ByAction map[string]int
	Refused  int
}

// Total is how many calls came in.
func (c Calls) Total() (n int) {
	for _, count := range c.ByAction {
		n += count
	}
	return n
}

// stsVersion is the version of STS's API: it tells STS's calls from IAM's.
const stsVersion = "2011-06-15"

// Proxy stands before an IAM. It counts the calls by their action, delays
// them, and refuses those that are over the rate as IAM does.
type Proxy struct {
	next   http.Handler
	delay  time.Duration
	bucket *rate.Limiter

	mu    sync.Mutex
	calls Calls
}

// NewProxy is a proxy with a full bucket.
func NewProxy(next http.Handler, n Network) *Proxy {
	limit := rate.Limit(n.Rate)
	if n.Rate == 0 {
		limit = rate.Inf
	}
	return &Proxy{
		next: next, delay: n.Delay, bucket: rate.NewLimiter(limit, cmp.Or(n.Burst, int(n.Rate), 1)),
		calls: Calls{ByAction: map[string]int{}},
	}
}

// Calls gives the calls so far.
func (p *Proxy) Calls() Calls {
	p.mu.Lock()
	defer p.mu.Unlock()
	return Calls{maps.Clone(p.calls.ByAction), p.calls.Refused}
}

func (p *Proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	form, bad := url.ParseQuery(string(body))
	if err := cmp.Or(err, bad); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	admitted := p.admit(form)
	select {
	case <-time.After(p.delay):
	case <-r.Context().Done():
		return
	}
	if !admitted {
		refuse(w)
		return
	}
	p.next.ServeHTTP(w, r)
}

// admit counts a call and asks the bucket for it. STS has another bucket in
// AWS, so its calls take nothing from IAM's.
func (p *Proxy) admit(form url.Values) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.calls.ByAction[form.Get("Action")]++
	if form.Get("Version") == stsVersion || p.bucket.Allow() {
		return true
	}
	p.calls.Refused++
	return false
}

// refuse answers as IAM does when it throttles.
// https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html
func refuse(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "text/xml")
	w.WriteHeader(http.StatusBadRequest)
	fmt.Fprint(w, `<ErrorResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><Error><Type>Sender</Type>`+
		`<Code>Throttling</Code><Message>Rate exceeded</Message></Error><RequestId>bench</RequestId></ErrorResponse>`)
}
