// Package live reads AWS accounts: what each holds of OIDC providers and of
// the roles that trust them, as a trust.State.
//
// It only reads. It compares nothing, decides about nothing and changes
// nothing; it knows an issuer as a URL and a policy as a document. An account
// that cannot be read is a fact of the state it returns, not the end of a run;
// only credentials that lead into another account than the declared one are.
package live

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go/logging"

	"github.com/trustctl/trustctl/internal/trust"
)

// Target is an account and the way to reach it.
type Target struct {
	Account  trust.Account
	Settings Settings
}

// Settings say how to reach one account; what is zero is left to the SDK.
type Settings struct {
	Region     string // "": the SDK's if it lies in the account's partition, else the partition's own
	Profile    string
	AssumeRole *AssumeRole // nil: none
}

// AssumeRole is a role to assume before the first call.
type AssumeRole struct {
	RoleARN     string
	ExternalID  string
	SessionName string        // "" is trustctl
	Duration    time.Duration // zero: the SDK's default
}

// Options are what all accounts share.
type Options struct {
	// Endpoint is where IAM and STS are, "" leaves it to the SDK, which knows
	// AWS_ENDPOINT_URL and its kin.
	Endpoint string
	// Credentials, where set, are an account's credentials as they are:
	// neither the SDK's chain, nor its files, nor AssumeRole are asked.
	Credentials func(trust.AccountID) aws.CredentialsProvider
	HTTPClient  aws.HTTPClient // nil: the SDK's
	// Dial makes the connections of the SDK's client; nil: over the network.
	Dial        func(ctx context.Context, network, address string) (net.Conn, error)
	Parallelism int          // accounts at once, 16 at most; 0 is 16
	Version     string       // trustctl's own, for the user agent
	Log         *slog.Logger // gets, at debug, what the SDK has to say; nil: nobody
	// AttemptTimeout is how long an attempt at a call may take, its answer
	// included; 0 is a minute. HTTPClient has a bound of its own, or none.
	AttemptTimeout time.Duration
	// Backoff is how long to wait before a call is made again, and then nothing
	// else waits; nil: as long as the SDK's standard mode, with a pacer for each
	// account's writes, which slows down where IAM throttles.
	Backoff func(attempt int) time.Duration
	// Retrying is told of every call of a connecting or a reading that is made
	// again, from several goroutines; nil: nobody.
	Retrying func(Retry)
	PageSize int32 // roles asked for at a time; 0 is 1000, the most that IAM gives
}

func (o Options) parallelism() int {
	const most = 16
	if o.Parallelism > 0 {
		return min(o.Parallelism, most)
	}
	return most
}

func (o Options) attemptTimeout() time.Duration {
	if o.AttemptTimeout > 0 {
		return o.AttemptTimeout
	}
	return time.Minute
}

// logger is the SDK's own way into Log. What it says are hints to whoever
// programs with it, also those that it calls warnings.
func (o Options) logger() logging.Logger {
	if o.Log == nil {
		return logging.Nop{}
	}
	return logging.LoggerFunc(func(kind logging.Classification, format string, values ...any) {
		o.Log.Debug(oneLine(fmt.Sprintf(format, values...)), "from", "the AWS SDK", "as", string(kind))
	})
}

func (o Options) pageSize() int32 {
	if o.PageSize > 0 {
		return o.PageSize
	}
	return 1000
}

// Want says what to keep of an account; everything else is dropped as it
// arrives, so that memory grows with what is kept.
type Want struct {
	Issuers []Issuer
	// Roles are the declared roles: kept whatever they look like.
	Roles map[trust.Address]bool
	// Stack is whose providers are kept although their issuer is declared no
	// longer: those that a role of the stack still trusts, and with
	// EveryProvider all that carry a mark of it, at a call for each provider of
	// the account.
	Stack         string
	EveryProvider bool
	// Snapshot is set to read what a plan for any stack may need later: the
	// providers that carry a mark of any, and of everything else its name.
	Snapshot bool
}

// ours reports whether a provider of no declared issuer is kept.
func (w Want) ours(p trust.OIDCProvider) bool {
	if !w.Snapshot {
		return p.TouchedBy(w.Stack)
	}
	for key := range p.Tags {
		if trust.IsMark(key) {
			return true
		}
	}
	return false
}

// Issuer is an OpenID Connect issuer whose providers, and the roles that
// trust them, are kept.
type Issuer struct{ Name, URL string }
