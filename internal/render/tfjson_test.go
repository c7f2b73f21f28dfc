package render

import (
	"encoding/json"
	"os"
	"testing"

	tfjson "github.com/hashicorp/terraform-json"
)

// terraformReads decodes a plan's JSON as Terraform's own tools and most others
// do. It refuses a format that it does not know.
func terraformReads(t *testing.T, text []byte) *tfjson.Plan {
	t.Helper()
	var p tfjson.Plan
	if err := json.Unmarshal(text, &p); err != nil {
		t.Fatalf("terraform-json: %v", err)
	}
	return &p
}

func TestTerraformsLibraryReadsAPlanAsItIs(t *testing.T) {
	text, err := os.ReadFile("testdata/everything.json")
	if err != nil {
		t.Fatal(err)
	}
	p := terraformReads(t, text)
	found := map[string]*tfjson.Change{}
	for _, c := range p.ResourceChanges {
		if c.Mode != tfjson.ManagedResourceMode || c.Type == "" || c.Name == "" {
			t.Errorf("%s is %+v", c.Address, c)
		}
		found[c.Address] = c.Change
	}
	for address, is := range map[string]func(tfjson.Actions) bool{
		`aws_iam_openid_connect_provider.pulumi["123456789012"]`: tfjson.Actions.Update,
		`aws_iam_role.acme["old/forgotten"]`:                     tfjson.Actions.Forget,
		`aws_iam_role.acme["old/gone"]`:                          tfjson.Actions.Delete,
		`aws_iam_role.acme["payments/dev"]`:                      tfjson.Actions.Update,
		`aws_iam_role.acme["payments/prod"]`:                     tfjson.Actions.Create,
		`aws_iam_role.acme["web/adopted"]`:                       tfjson.Actions.Update,
		`aws_iam_role.acme["web/prod"]`:                          tfjson.Actions.DestroyBeforeCreate,
		`aws_iam_role.acme["web/same"]`:                          tfjson.Actions.NoOp,
		`local_file.esc["acme/old/gone"]`:                        tfjson.Actions.Delete,
		`local_file.esc["acme/payments/dev"]`:                    tfjson.Actions.Update,
		`local_file.esc["acme/payments/prod"]`:                   tfjson.Actions.Create,
	} {
		c := found[address]
		if c == nil || !is(c.Actions) {
			t.Errorf("%s: %+v", address, c)
			continue
		}
		if c.Actions.Create() != (c.Before == nil) || (c.Actions.Delete() || c.Actions.Forget()) != (c.After == nil) {
			t.Errorf("%s is %v, from %v to %v", address, c.Actions, c.Before, c.After)
		}
		if got := c.Importing != nil; got != (address == `aws_iam_role.acme["web/adopted"]`) {
			t.Errorf("%s: imported is %t", address, got)
		}
		delete(found, address)
	}
	for address, c := range found {
		t.Errorf("%s is not expected: %v", address, c.Actions)
	}
	planned := map[string]bool{}
	for _, r := range p.PlannedValues.RootModule.Resources {
		planned[r.Address] = r.AttributeValues != nil
	}
	if !planned[`aws_iam_role.acme["payments/prod"]`] || planned[`aws_iam_role.acme["old/gone"]`] {
		t.Errorf("planned are %v", planned)
	}
	if len(p.PriorState.Values.RootModule.Resources) == 0 {
		t.Error("the prior state is empty")
	}
}

func TestTerraformsLibraryReadsWhatDrifted(t *testing.T) {
	text, err := JSON(Report{Plan: drifted()})
	if err != nil {
		t.Fatal(err)
	}
	actions := map[string]bool{}
	for _, c := range terraformReads(t, text).ResourceDrift {
		actions[c.Address] = c.Change.Actions.Delete() || c.Change.Actions.Update()
	}
	if !actions[`aws_iam_role.acme["web/gone"]`] || !actions[`aws_iam_role.acme["web/same"]`] {
		t.Errorf("drifted: %v", actions)
	}
}
