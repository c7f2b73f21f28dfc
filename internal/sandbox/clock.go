package sandbox

import (
	"net/http"
	"time"
)

// maxSkew is how far a request's signature may be from the server's clock.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html
const maxSkew = 15 * time.Minute

const stamp = "20060102T150405Z"

// clockAhead is what a clock shows that is ahead of this machine's, whose
// clock the client's signature is made by too.
func clockAhead(ahead Duration) time.Time { return time.Now().UTC().Add(time.Duration(ahead)) }

// now is what the server's clock shows, wrong or not: sessions end by it.
func (s *Server) now() time.Time {
	return s.options.Now().UTC().Add(time.Duration(s.Faults().Clock))
}

// signedAt is when a request was signed.
func signedAt(h http.Header) (time.Time, bool) {
	at, err := time.Parse(stamp, h.Get("X-Amz-Date"))
	return at, err == nil
}

func tooFar(h http.Header, ahead Duration) bool {
	at, ok := signedAt(h)
	return ok && clockAhead(ahead).Sub(at).Abs() > maxSkew
}

// skewed is the refusal of a request that was signed too early or too late.
func (x *exchange) skewed() error {
	at, _ := signedAt(x.r.Header)
	now := clockAhead(x.server.Faults().Clock)
	if bound := now.Add(-maxSkew); at.Before(bound) {
		return fail(signatureDoesNotMatch, "Signature expired: %s is now earlier than %s (%s - 15 min.)", at.Format(stamp), bound.Format(stamp), now.Format(stamp))
	}
	return fail(signatureDoesNotMatch, "Signature not yet current: %s is still later than %s (%s + 15 min.)", at.Format(stamp), now.Add(maxSkew).Format(stamp), now.Format(stamp))
}

// showClock lets every answer tell the server's time, which SDKs correct their
// own by.
func (x *exchange) showClock() {
	if ahead := x.server.Faults().Clock; ahead != 0 {
		x.w.Header().Set("Date", clockAhead(ahead).Format(http.TimeFormat))
	}
}
