package sandbox

import (
	"net/http"
	"strings"
	"time"

	"github.com/trustctl/trustctl/internal/policy"
)

// credential is what a request says of who signed it: key id, Region and, of
// temporary credentials, the session token. The signature itself is not looked
// at: the sandbox knows no secrets.
type credential struct {
	keyID, region, token string
}

// credentialOf reads the Authorization header of Signature Version 4.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
func credentialOf(r *http.Request, open bool) (credential, error) {
	header := r.Header.Get("Authorization")
	if header == "" {
		if open {
			return credential{keyID: DefaultAccount}, nil
		}
		return credential{}, fail(missingAuthentication, "Request is missing Authentication Token")
	}
	fields, ok := strings.CutPrefix(header, "AWS4-HMAC-SHA256 ")
	for field := range strings.SplitSeq(fields, ",") {
		scope, found := strings.CutPrefix(strings.TrimSpace(field), "Credential=")
		// KEYID/20261123/us-east-1/iam/aws4_request
		if parts := strings.Split(scope, "/"); ok && found && len(parts) == 5 && parts[4] == "aws4_request" {
			return credential{parts[0], parts[2], r.Header.Get("X-Amz-Security-Token")}, nil
		}
	}
	return credential{}, fail(incompleteSignature, "Authorization header requires 'Credential' parameter.")
}

// identify finds the account, and the identity in it, behind a key id.
func (s *Server) identify(c credential, now time.Time) (caller, error) {
	who := caller{Account: DefaultAccount, Region: c.region, Partition: partitionOf(c.region)}
	if rest, ok := strings.CutPrefix(c.keyID, KeyPrefix); ok {
		if len(rest) < 12 || !policy.IsAccountID(rest[:12]) {
			return caller{}, badToken()
		}
		who.Account, who.Sandbox = rest[:12], true
		if len(rest) > 12 {
			return s.session(who, c, now)
		}
	}
	who.ARN = "arn:" + who.Partition + ":iam::" + who.Account + ":user/" + sandboxUser
	who.UserID = "AIDASANDBOX" + who.Account[:10]
	return who, nil
}

// sandboxUser is the name of the one user that every account has: the holder
// of its key.
const sandboxUser = "sandbox"

// session is the caller with credentials that AssumeRole gave out.
func (s *Server) session(who caller, c credential, now time.Time) (caller, error) {
	row, ok := s.world.account(who.Account).Sessions[c.keyID]
	if !ok || row.Token != c.token {
		return caller{}, badToken()
	}
	if !now.Before(row.Expires) {
		return caller{}, fail(expiredToken, "The security token included in the request is expired")
	}
	who.Session = true
	who.RoleARN = row.RoleARN
	who.ARN = sessionARN(row.RoleARN, row.Name)
	who.UserID = row.RoleID + ":" + row.Name
	return who, nil
}

func badToken() error {
	return fail(invalidClientTokenID, "The security token included in the request is invalid.")
}

// sessionARN is the ARN of a role's session: arn:PARTITION:sts::ACCOUNT:assumed-role/ROLE/SESSION,
// without the role's path.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
func sessionARN(roleARN, session string) string {
	front, path, _ := strings.Cut(roleARN, ":role/")
	return strings.Replace(front, ":iam:", ":sts:", 1) + ":assumed-role/" + path[strings.LastIndex(path, "/")+1:] + "/" + session
}
