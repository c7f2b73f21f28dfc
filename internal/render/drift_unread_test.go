package render

import (
	"encoding/json"
	"testing"

	"github.com/trustctl/trustctl/internal/plan"
	"github.com/trustctl/trustctl/internal/trust"
)

func TestOfARoleThatIsKnownByNameAloneJSONSaysThatTheRestIsUnknown(t *testing.T) {
	role := trust.Role{Account: "111122223333", Path: "/", Name: "r"}
	p := &plan.Plan{Mode: plan.ModeRefresh, Drift: []plan.Change{{
		Address: role.Address(), Resource: `aws_iam_role.role["111122223333/r"]`, Action: plan.Update, Unread: true,
		Before: &plan.Object{Role: &role}, After: &plan.Object{Role: &role},
	}}}
	text, err := JSON(Report{Plan: p})
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Drift []struct {
			Change struct {
				After   any `json:"after"`
				Unknown any `json:"after_unknown"`
			} `json:"change"`
		} `json:"resource_drift"`
	}
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	if len(got.Drift) != 1 || got.Drift[0].Change.After != nil || got.Drift[0].Change.Unknown != true {
		t.Errorf("the drift is %+v, want an after that is unknown", got.Drift)
	}
}
