package sandbox

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base32"
	"slices"
	"strings"
	"time"

	"github.com/trustctl/trustctl/internal/policy"
)

// awsManaged lists the AWS managed policies, a path and name a line, as of
// 2026: a name that is not in it counts as not existing. The sandbox holds
// no documents of theirs.
// https://docs.aws.amazon.com/aws-managed-policy/latest/reference/policy-list.html
//
//go:embed managed.txt
var awsManaged string

// managedPaths are the AWS managed policies by name: /service-role/ for
// AWSLambdaBasicExecutionRole.
func managedPaths() map[string]string {
	paths := map[string]string{}
	for line := range strings.FieldsSeq(awsManaged) {
		cut := strings.LastIndexByte(line, '/') + 1
		paths[line[cut:]] = "/" + line[:cut]
	}
	return paths
}

// policyXML is a managed policy in an answer.
type policyXML struct {
	PolicyName                    string
	PolicyId                      string
	Arn                           string
	Path                          string
	DefaultVersionId              string
	AttachmentCount               int
	PermissionsBoundaryUsageCount int
	IsAttachable                  bool
	Description                   string `xml:",omitempty"`
	CreateDate                    string
	UpdateDate                    string
	Tags                          *list[tagXML]     `xml:",omitempty"`
	PolicyVersionList             *list[versionXML] `xml:",omitempty"`
}

type versionXML struct {
	Document         string
	VersionId        string
	IsDefaultVersion bool
	CreateDate       string
}

// policyName is the last part of a policy's ARN, policyPath what is before it.
func policyName(arn string) string { return arn[strings.LastIndexByte(arn, '/')+1:] }

func policyPath(arn string) string {
	_, path, _ := strings.Cut(arn, ":policy")
	return path[:strings.LastIndexByte(path, '/')+1]
}

// checkPolicyARN refuses what is no policy's ARN: arn:PARTITION:iam::ACCOUNT:policy/NAME.
func checkPolicyARN(arn string) error {
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) != 6 || parts[0] != "arn" {
		return fail(validationError, "Invalid ARN:  Could not be parsed!")
	}
	owner := parts[4] == "aws" || policy.IsAccountID(parts[4])
	if parts[2] != "iam" || parts[3] != "" || !owner || !strings.HasPrefix(parts[5], "policy/") || strings.HasSuffix(arn, "/") {
		return fail(invalidInput, "ARN %s is not valid.", arn)
	}
	return nil
}

// findPolicy is the managed policy of an ARN: AWS's or the account's own.
func (c *call) findPolicy(arn string) (p policyXML, text string, err error) {
	if err := checkPolicyARN(arn); err != nil {
		return policyXML{}, "", err
	}
	name := policyName(arn)
	if path, ok := c.server.managed[name]; ok && arn == c.managedARN(path, name) {
		return c.awsPolicy(path, name), "", nil
	}
	if own, ok := c.account.Policies[fold(name)]; ok && own.ARN == arn {
		return c.ownPolicy(own), own.Text, nil
	}
	return policyXML{}, "", fail(noSuchEntity, "Policy %s does not exist or is not attachable.", arn)
}

func (c *call) managedARN(path, name string) string {
	return "arn:" + c.caller.Partition + ":iam::aws:policy" + path + name
}

// awsPolicy has an id that follows from its name, and one date for all.
func (c *call) awsPolicy(path, name string) policyXML {
	sum := sha256.Sum256([]byte(name))
	since := date(time.Date(2015, 2, 6, 18, 40, 0, 0, time.UTC))
	return c.counted(policyXML{
		PolicyName: name, Path: path, Arn: c.managedARN(path, name), DefaultVersionId: "v1", IsAttachable: true,
		PolicyId: "ANPA" + base32.StdEncoding.EncodeToString(sum[:])[:17], CreateDate: since, UpdateDate: since,
	})
}

func (c *call) ownPolicy(p customerPolicy) policyXML {
	x := policyXML{
		PolicyName: p.Name, Path: p.Path, Arn: p.ARN, PolicyId: p.ID, DefaultVersionId: "v1", IsAttachable: true,
		Description: p.Description, CreateDate: date(p.Created), UpdateDate: date(p.Created),
	}
	if len(p.Tags) > 0 {
		x.Tags = &list[tagXML]{tagsXML(p.Tags)}
	}
	return c.counted(x)
}

// counted says how often a policy is in use.
func (c *call) counted(x policyXML) policyXML {
	for _, r := range c.account.Roles {
		if slices.Contains(r.Managed, x.Arn) {
			x.AttachmentCount++
		}
		if r.Boundary == x.Arn {
			x.PermissionsBoundaryUsageCount++
		}
	}
	return x
}

// checkAttachable refuses a policy that an ordinary role cannot have, attached
// or as its boundary.
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_AttachRolePolicy.html
func (c *call) checkAttachable(arn string) error {
	p, _, err := c.findPolicy(arn)
	if err != nil {
		return err
	}
	if strings.HasPrefix(p.Path, "/aws-service-role/") {
		return fail(policyNotAttachable, "Cannot attach a Service Role Policy to a Customer Role.")
	}
	return nil
}

type policyAnswer struct{ Policy policyXML }

func (c *call) createPolicy() (any, error) {
	name := c.params.text("PolicyName")
	if _, taken := c.account.Policies[fold(name)]; taken {
		return nil, fail(entityAlreadyExists, "A policy called %s already exists. Duplicate names are not allowed.", name)
	}
	if len(c.account.Policies) >= maxCustomerPolicies {
		return nil, exceeded("PoliciesPerAccount", maxCustomerPolicies)
	}
	p := customerPolicy{
		Name: name, Path: c.path(), ID: uniqueID("ANPA"), Created: c.now,
		Description: c.params.text("Description"), Text: c.params.text("PolicyDocument"),
	}
	p.ARN = c.arn("policy" + p.Path + p.Name)
	if err := checkIdentity(p.Text); err != nil {
		return nil, err
	}
	if policySize(p.Text) > maxManagedPolicySize {
		return nil, exceeded("PolicySize", maxManagedPolicySize)
	}
	var err error
	if p.Tags, err = newTags(c.params.tags(), otherTags); err != nil {
		return nil, err
	}
	if err := put(c, tablePolicies, fold(name), p); err != nil {
		return nil, err
	}
	x := c.ownPolicy(p)
	x.Description = "" // only GetPolicy has it
	return policyAnswer{x}, nil
}

func (c *call) getPolicy() (any, error) {
	p, _, err := c.findPolicy(c.params.text("PolicyArn"))
	return policyAnswer{p}, err
}

func (c *call) getPolicyVersion() (any, error) {
	p, text, err := c.findPolicy(c.params.text("PolicyArn"))
	if err != nil {
		return nil, err
	}
	if text == "" {
		return nil, fail(noSuchEntity, "The sandbox does not hold the documents of AWS managed policies.")
	}
	if v := c.params.text("VersionId"); v != p.DefaultVersionId {
		return nil, fail(noSuchEntity, "Policy %s version %s does not exist or is not attachable.", p.Arn, v)
	}
	return struct{ PolicyVersion versionXML }{versionXML{encoded(text), "v1", true, p.CreateDate}}, nil
}

func (c *call) deletePolicy() (any, error) {
	p, text, err := c.findPolicy(c.params.text("PolicyArn"))
	if err != nil {
		return nil, err
	}
	if text == "" {
		return nil, fail(accessDenied, "AWS managed policies cannot be deleted: %s", p.Arn)
	}
	if p.AttachmentCount+p.PermissionsBoundaryUsageCount > 0 {
		return nil, fail(deleteConflict, "Cannot delete a policy attached to entities.")
	}
	return nil, drop(c, tablePolicies, fold(p.PolicyName))
}

// listPolicies lists without descriptions and tags.
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListPolicies.html
func (c *call) listPolicies() (any, error) {
	all := map[string]policyXML{}
	if c.params.text("Scope") != "AWS" {
		for _, p := range c.account.Policies {
			all["1/"+p.Name] = c.ownPolicy(p)
		}
	}
	if c.params.text("Scope") != "Local" {
		for name, path := range c.server.managed {
			all["2/"+name] = c.awsPolicy(path, name)
		}
	}
	policies, p, err := pageOf(c, all, func(x policyXML) bool {
		if c.params.text("OnlyAttached") == "true" && x.AttachmentCount+x.PermissionsBoundaryUsageCount == 0 {
			return false
		}
		switch c.params.text("PolicyUsageFilter") {
		case "PermissionsPolicy":
			if x.AttachmentCount == 0 {
				return false
			}
		case "PermissionsBoundary":
			if x.PermissionsBoundaryUsageCount == 0 {
				return false
			}
		}
		return strings.HasPrefix(x.Path, c.params.text("PathPrefix"))
	}, func(x policyXML) policyXML {
		x.Description, x.Tags = "", nil
		return x
	})
	return struct {
		Policies list[policyXML]
		page
	}{policies, p}, err
}
