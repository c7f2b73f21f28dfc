package render

import (
	"time"

	"github.com/trustctl/trustctl/internal/plan"
)

// lastUse says when a role that goes was last used, as far as IAM tells.
func lastUse(u *plan.LastUse) string {
	switch u.Use {
	case plan.Used:
		at := "last used " + u.At.UTC().Format(time.RFC3339)
		if u.Recent {
			return at + ", in the last 30 days"
		}
		return at
	case plan.NeverUsed:
		return "never used"
	case plan.NoneTracked:
		return "not used in the last 400 days; whether before, IAM keeps no record of"
	default:
		return "last use unknown: IAM did not say"
	}
}

// roleUse is the last use of a role that goes, in JSON.
type roleUse struct {
	Address string `json:"address"`
	plan.LastUse
}
