package privilege

import (
	"github.com/trustctl/trustctl/internal/policy"
	"github.com/trustctl/trustctl/internal/trust"
)

// transfers are the writes of a transfer: one stack's name in the place of
// another's, in marks and in no other tag. What carries the new mark already
// may be given it again: that is the second attempt at a call whose answer was
// lost.
func transfers(f *facts) []grant {
	of := equals(ourTag, sorted([]string{f.Stack, f.To})...)
	to := equals("aws:RequestTag/"+trust.TagStack, f.To)
	return []grant{
		{
			sid: "TransferRoles", actions: []string{"iam:TagRole"}, resources: f.everyRole(),
			conditions: []policy.Condition{of, to, keys(trust.TagStack)},
		},
		{
			sid: "TransferProviders", actions: []string{"iam:TagOpenIDConnectProvider"}, resources: f.everyProvider(),
			conditions: []policy.Condition{of, to, keys(trust.TagStack, trust.TagAudiencePrefix+"*")},
		},
		{
			sid: "TransferAudiences", actions: []string{"iam:TagOpenIDConnectProvider"}, resources: f.issuers(),
			conditions: onlyAudienceMarks(),
		},
	}
}
