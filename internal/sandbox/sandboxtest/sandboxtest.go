// Package sandboxtest helps tests with sandboxes: it compares their states, and
// reaches them without a network.
package sandboxtest

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/trustctl/trustctl/internal/trust"
)

// State is a sandbox's state, as its State gives it, by account. Of the objects
// that carry a stack's mark it leaves out what IAM chooses itself, an id and a
// date: two runs that lead to the same give the same State. What others have is
// in it whole.
func State(text []byte, stack string) (map[string]map[string]any, error) {
	var world struct {
		Accounts map[string]map[string]any `json:"accounts"`
	}
	if err := json.Unmarshal(text, &world); err != nil {
		return nil, fmt.Errorf("reading a sandbox's state: %w", err)
	}
	for _, account := range world.Accounts {
		for _, table := range []string{"roles", "providers"} {
			rows, _ := account[table].(map[string]any)
			for _, row := range rows {
				object := row.(map[string]any)
				if tags, _ := object["tags"].(map[string]any); tags[trust.TagStack] == stack {
					delete(object, "id")
					delete(object, "created")
				}
				// IAM's lists of these are sets.
				for _, list := range []string{"managed", "client_ids"} {
					if all, ok := object[list].([]any); ok {
						slices.SortFunc(all, func(a, b any) int { return strings.Compare(a.(string), b.(string)) })
					}
				}
			}
			if len(rows) == 0 { // emptied, or never there
				delete(account, table)
			}
		}
	}
	return world.Accounts, nil
}
