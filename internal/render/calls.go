package render

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/trustctl/trustctl/internal/plan"
)

// calls are the exact writes of a change, under IAM's own names.
func (t *text) calls(steps []plan.Step) {
	for i, s := range steps {
		name, parameters := Call(s)
		t.line(6, t.Style.Faint(fmt.Sprintf("# call %d: %s", i+1, name)))
		for _, p := range parameters {
			t.line(6, t.Style.Faint("#     "+p.Name+" = "+safe(p.Value)))
		}
	}
}

// Parameter is one parameter of a call, in words.
type Parameter struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Call is a step's name and parameters, under the names that IAM's API gives
// them.
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_Operations.html
func Call(s plan.Step) (name string, parameters []Parameter) {
	name = strings.TrimPrefix(fmt.Sprintf("%T", s), "plan.")
	add := func(key, value string) { parameters = append(parameters, Parameter{key, value}) }
	switch s := s.(type) {
	case plan.CreateOpenIDConnectProvider:
		add("Url", s.URL)
		add("ClientIDList", strings.Join(s.ClientIDs, ", "))
		if s.Thumbprints != nil {
			add("ThumbprintList", strings.Join(s.Thumbprints, ", "))
		}
		add("Tags", tagText(s.Tags))
	case plan.AddClientIDToOpenIDConnectProvider:
		add("OpenIDConnectProviderArn", string(s.ARN))
		add("ClientID", s.ClientID)
	case plan.RemoveClientIDFromOpenIDConnectProvider:
		add("OpenIDConnectProviderArn", string(s.ARN))
		add("ClientID", s.ClientID)
	case plan.UpdateOpenIDConnectProviderThumbprint:
		add("OpenIDConnectProviderArn", string(s.ARN))
		add("ThumbprintList", strings.Join(s.Thumbprints, ", "))
	case plan.TagOpenIDConnectProvider:
		add("OpenIDConnectProviderArn", string(s.ARN))
		add("Tags", tagText(s.Tags))
	case plan.UntagOpenIDConnectProvider:
		add("OpenIDConnectProviderArn", string(s.ARN))
		add("TagKeys", strings.Join(s.Keys, ", "))
	case plan.DeleteOpenIDConnectProvider:
		add("OpenIDConnectProviderArn", string(s.ARN))
	case plan.WriteEnvironmentFile:
		add("Path", s.File.Path)
	case plan.RemoveEnvironmentFile:
		add("Path", s.File.Path)
	default:
		parameters = roleParameters(s)
	}
	return name, parameters
}

func roleParameters(s plan.Step) (parameters []Parameter) {
	add := func(key, value string) { parameters = append(parameters, Parameter{key, value}) }
	switch s := s.(type) {
	case plan.CreateRole:
		add("Path", s.Path)
		add("RoleName", s.RoleName)
		add("AssumeRolePolicyDocument", s.Trust.String())
		add("Description", s.Description)
		add("MaxSessionDuration", seconds(s.MaxSession))
		if s.Boundary != "" {
			add("PermissionsBoundary", string(s.Boundary))
		}
		add("Tags", tagText(s.Tags))
	case plan.UpdateRole:
		add("RoleName", s.RoleName)
		add("Description", s.Description)
		add("MaxSessionDuration", seconds(s.MaxSession))
	case plan.UpdateAssumeRolePolicy:
		add("RoleName", s.RoleName)
		add("PolicyDocument", s.Trust.String())
	case plan.PutRolePermissionsBoundary:
		add("RoleName", s.RoleName)
		add("PermissionsBoundary", string(s.Boundary))
	case plan.DeleteRolePermissionsBoundary:
		add("RoleName", s.RoleName)
	case plan.AttachRolePolicy:
		add("RoleName", s.RoleName)
		add("PolicyArn", string(s.Policy))
	case plan.DetachRolePolicy:
		add("RoleName", s.RoleName)
		add("PolicyArn", string(s.Policy))
	case plan.PutRolePolicy:
		add("RoleName", s.RoleName)
		add("PolicyName", s.PolicyName)
		add("PolicyDocument", s.Document.String())
	case plan.DeleteRolePolicy:
		add("RoleName", s.RoleName)
		add("PolicyName", s.PolicyName)
	case plan.TagRole:
		add("RoleName", s.RoleName)
		add("Tags", tagText(s.Tags))
	case plan.UntagRole:
		add("RoleName", s.RoleName)
		add("TagKeys", strings.Join(s.Keys, ", "))
	case plan.DeleteRole:
		add("RoleName", s.RoleName)
	}
	return parameters
}

func seconds(d time.Duration) string { return fmt.Sprint(int(d.Seconds())) }

func tagText(tags map[string]string) string {
	var out []string
	for _, key := range slices.Sorted(maps.Keys(tags)) {
		out = append(out, key+"="+tags[key])
	}
	return strings.Join(out, ", ")
}
