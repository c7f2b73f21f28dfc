package policy

import "strings"

// spellings is the spelling of each action of a document by its lower case. IAM
// reads actions in any letter case but keeps the one that was written, so the
// document's own stays: of several, the one with capitals first. The actions
// of STS have one spelling, the only one that a trust policy may use.
func spellings(statements []Statement) map[string]string {
	out := make(map[string]string, 4)
	for _, s := range statements {
		for _, list := range [...][]string{s.Actions, s.NotActions} {
			for _, a := range list {
				folded := lower(a)
				if known, ok := assumeAction(folded); ok {
					a = known
				}
				if have, ok := out[folded]; !ok || a < have {
					out[folded] = a
				}
			}
		}
	}
	return out
}

// spellKey is the spelling of a condition key that is in lower case: the
// document's words for an issuer and AWS's own for a global key, which people
// know; every other key stays in lower case.
func spellKey(key string, principals []Principal) string {
	for _, p := range principals {
		issuer := p.issuer()
		if n := len(issuer); n > 0 && len(key) > n && key[n] == ':' && compareFold(issuer, key[:n]) == 0 {
			return issuer + key[n:]
		}
	}
	prefix, name, ok := strings.Cut(key, ":")
	if !ok {
		return key
	}
	head, tail, slash := strings.Cut(name, "/")
	for _, known := range knownKeys(prefix) {
		if compareFold(known, head) == 0 {
			if slash {
				known += "/" + tail
			}
			return prefix + ":" + known
		}
	}
	return key
}

// issuer is the URL without scheme of the OIDC provider that the principal
// names, "" for every other principal.
func (p Principal) issuer() string {
	if p.Type != "Federated" {
		return ""
	}
	_, issuer, _ := strings.Cut(p.Value, ":oidc-provider/")
	return issuer
}

// knownKeys are the condition keys of a service, in AWS's spelling.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html
func knownKeys(service string) []string {
	switch service {
	case "aws":
		return []string{
			"CalledVia", "CalledViaFirst", "CalledViaLast", "CurrentTime", "EpochTime", "FederatedProvider",
			"MultiFactorAuthAge", "MultiFactorAuthPresent", "PrincipalAccount", "PrincipalArn", "PrincipalIsAWSService",
			"PrincipalOrgID", "PrincipalOrgPaths", "PrincipalServiceName", "PrincipalServiceNamesList", "PrincipalTag",
			"PrincipalType", "RequestTag", "RequestedRegion", "ResourceAccount", "ResourceOrgID", "ResourceOrgPaths",
			"ResourceTag", "SecureTransport", "SourceAccount", "SourceArn", "SourceIdentity", "SourceIp",
			"SourceOrgID", "SourceOrgPaths", "SourceVpc", "SourceVpcArn", "SourceVpce", "TagKeys", "TokenIssueTime",
			"UserAgent", "ViaAWSService", "VpcSourceIp",
		}
	case "sts":
		return []string{
			"AWSServiceName", "DurationSeconds", "ExternalId", "RequestContextProviders", "RoleSessionName",
			"SourceIdentity", "TaskPolicyArn", "TransitiveTagKeys",
		}
	case "iam":
		return []string{
			"AWSServiceName", "AssociatedResourceArn", "PassedToService", "PermissionsBoundary", "PolicyARN", "ResourceTag",
		}
	case "ec2":
		return []string{"Region", "ResourceTag", "Vpc", "InstanceType", "Owner", "CreateAction"}
	case "kms":
		return []string{
			"CallerAccount", "EncryptionContext", "EncryptionContextKeys", "GranteePrincipal", "GrantIsForAWSResource",
			"KeySpec", "KeyUsage", "RequestAlias", "ResourceAliases", "ViaService",
		}
	case "secretsmanager":
		return []string{"ResourceTag", "SecretId", "SecretPrimaryRegion", "VersionStage", "BlockPublicPolicy", "Name"}
	case "s3":
		return []string{
			"DataAccessPointArn", "ExistingObjectTag", "LocationConstraint", "RequestObjectTag", "ResourceAccount",
			"TlsVersion", "VersionId",
		}
	}
	return nil
}

// assumeAction is the spelling of an action of a trust policy; ok is false for
// every other action.
func assumeAction(folded string) (action string, ok bool) {
	switch folded {
	case "sts:assumerole":
		return "sts:AssumeRole", true
	case "sts:assumerolewithsaml":
		return "sts:AssumeRoleWithSAML", true
	case "sts:assumerolewithwebidentity":
		return "sts:AssumeRoleWithWebIdentity", true
	case "sts:setcontext":
		return "sts:SetContext", true
	case "sts:setsourceidentity":
		return "sts:SetSourceIdentity", true
	case "sts:tagsession":
		return "sts:TagSession", true
	}
	return "", false
}
