package live

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/middleware"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/trustctl/trustctl/internal/trust"
)

const appID = "trustctl"

// renewal is how long before the end of an assumed role's session a new one is
// asked for: a call that was signed in its last moment would be refused.
const renewal = time.Minute

// profiles loads the SDK's configuration once a profile: two hundred accounts
// behind one profile read its files, and ask for its credentials, once.
type profiles struct {
	options Options
	client  aws.HTTPClient
	loaded  map[string]loadedProfile
}

// newProfiles chooses the HTTP client that all accounts share. All of a
// partition's accounts are behind one host, which the SDK's own client keeps
// ten connections to: more calls at once would open one each.
func newProfiles(o Options) *profiles {
	client := o.HTTPClient
	if client == nil {
		client = awshttp.NewBuildableClient().WithTimeout(o.attemptTimeout()).WithTransportOptions(func(t *http.Transport) {
			t.MaxIdleConnsPerHost = t.MaxIdleConns
			if o.Dial != nil {
				t.DialContext = o.Dial
			}
		})
	}
	return &profiles{options: o, client: client, loaded: map[string]loadedProfile{}}
}

type loadedProfile struct {
	config aws.Config
	err    error
}

func (p *profiles) load(ctx context.Context, name string) (aws.Config, error) {
	if l, ok := p.loaded[name]; ok {
		return l.config, l.err
	}
	load := []func(*config.LoadOptions) error{config.WithAppID(appID), config.WithHTTPClient(p.client), config.WithLogger(p.options.logger())}
	if name != "" {
		load = append(load, config.WithSharedConfigProfile(name))
	}
	c, err := config.LoadDefaultConfig(ctx, load...)
	p.loaded[name] = loadedProfile{c, err}
	return c, err
}

// connect makes the clients of one account. It makes no call yet.
func (p *profiles) connect(ctx context.Context, t Target) (*Session, error) {
	s := &Session{Account: t.Account}
	if s.Account.Partition == "" {
		s.Account.Partition = "aws"
	}
	cfg, err := p.config(ctx, t)
	if err != nil {
		return s, fmt.Errorf("loading the AWS configuration: %w", err)
	}
	cfg.Region = region(t.Settings.Region, cfg.Region, s.Account.Partition)
	if p.options.Version != "" {
		cfg.APIOptions = append(cfg.APIOptions, middleware.AddUserAgentKeyValue(appID, p.options.Version))
	}
	cfg.APIOptions = append(cfg.APIOptions, refusePages)
	retryer := p.options.retryer()
	cfg.Retryer = func() aws.Retryer { return retryer }
	if role := t.Settings.AssumeRole; role != nil && p.options.Credentials == nil {
		cfg.Credentials = aws.NewCredentialsCache(stscreds.NewAssumeRoleProvider(assumer{p.sts(cfg, s), s}, role.RoleARN, role.options),
			func(o *aws.CredentialsCacheOptions) { o.ExpiryWindow = renewal })
	}
	s.sts = p.sts(cfg, s) // with the credentials of the role, if there is one
	s.IAM = iam.NewFromConfig(cfg, func(o *iam.Options) {
		o.APIOptions = append(o.APIOptions, s.calls.count("iam"), s.noteRetries("iam", p.options, retryer))
		if p.options.Backoff == nil {
			o.APIOptions = append(o.APIOptions, newPacer().paceWrites)
		}
		if p.options.Endpoint != "" {
			o.BaseEndpoint = &p.options.Endpoint
		}
	})
	return s, nil
}

func (p *profiles) config(ctx context.Context, t Target) (aws.Config, error) {
	if p.options.Credentials != nil {
		return aws.Config{Credentials: p.options.Credentials(t.Account.ID), HTTPClient: p.client, AppID: appID}, nil
	}
	c, err := p.load(ctx, t.Settings.Profile)
	return c.Copy(), err
}

func (p *profiles) sts(cfg aws.Config, s *Session) *sts.Client {
	return sts.NewFromConfig(cfg, func(o *sts.Options) {
		o.APIOptions = append(o.APIOptions, s.calls.count("sts"), s.noteRetries("sts", p.options, cfg.Retryer()))
		if p.options.Endpoint != "" {
			o.BaseEndpoint = &p.options.Endpoint
		}
	})
}

// assumer is the client that assumes an account's role. Before the caller is
// known an endpoint that does not answer is not worth the long patience that
// a run in the middle of its work needs.
type assumer struct {
	*sts.Client
	session *Session
}

// AssumeRole is the client's.
func (a assumer) AssumeRole(ctx context.Context, in *sts.AssumeRoleInput, opts ...func(*sts.Options)) (*sts.AssumeRoleOutput, error) {
	if !a.session.known.Load() {
		opts = append(opts, func(o *sts.Options) { o.RetryMaxAttempts = fewAttempts })
	}
	return a.Client.AssumeRole(ctx, in, opts...)
}

func (r *AssumeRole) options(o *stscreds.AssumeRoleOptions) {
	o.RoleSessionName = appID
	if r.SessionName != "" {
		o.RoleSessionName = r.SessionName
	}
	if r.ExternalID != "" {
		o.ExternalID = &r.ExternalID
	}
	o.Duration = r.Duration
}

// region chooses where to sign: IAM is one service per partition, but a
// region of another partition leads to another partition's endpoint.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-endpoints.html
func region(declared, sdk, partition string) string {
	if declared != "" {
		return declared
	}
	if sdk == "" || trust.PartitionOf(sdk) != partition {
		return trust.HomeRegion(partition)
	}
	return sdk
}
