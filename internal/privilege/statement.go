package privilege

import (
	"fmt"
	"slices"
	"strings"

	"github.com/trustctl/trustctl/internal/policy"
)

// grant is actions on resources under conditions; one on no resource is none.
type grant struct {
	sid        string // what it is for; statements of one sid are numbered
	actions    []string
	resources  []string
	conditions []policy.Condition
}

// document writes grants as statements, as few as say the same: what differs in
// its actions alone is joined, in its resources alone, or in the values of one
// condition. None of these allows anything more.
func document(grants []grant) policy.Document {
	grants = slices.DeleteFunc(slices.Clone(grants), func(g grant) bool { return len(g.resources) == 0 })
	for i := range grants {
		slices.SortFunc(grants[i].conditions, func(a, b policy.Condition) int {
			return strings.Compare(a.Operator+" "+a.Key, b.Operator+" "+b.Key)
		})
	}
	for joined := true; joined; {
		joined = false
		for i := 0; i < len(grants); i++ {
			for j := i + 1; j < len(grants); j++ {
				if one, ok := join(grants[i], grants[j]); ok {
					grants[i], joined = one, true
					grants = slices.Delete(grants, j, j+1)
					j--
				}
			}
		}
	}
	d := policy.Document{Version: policy.Version2012}
	numbers := map[string]int{}
	for _, g := range grants {
		numbers[g.sid]++
		if n := numbers[g.sid]; n > 1 {
			g.sid += fmt.Sprint(n)
		}
		d.Statements = append(d.Statements, policy.Statement{
			Sid: g.sid, Effect: policy.Allow, Actions: g.actions, Resources: g.resources, Conditions: g.conditions,
		})
	}
	return d
}

// join is one grant that allows what two do and nothing else.
func join(a, b grant) (grant, bool) {
	sameActions, sameResources := slices.Equal(a.actions, b.actions), slices.Equal(a.resources, b.resources)
	differ, comparable := conditionsDiffer(a.conditions, b.conditions)
	switch {
	case !comparable:
		return grant{}, false
	case sameResources && len(differ) == 0:
		a.actions = sorted(slices.Concat(a.actions, b.actions))
	case sameActions && len(differ) == 0:
		a.resources = sorted(slices.Concat(a.resources, b.resources))
	case sameActions && sameResources && len(differ) == 1:
		i := differ[0]
		a.conditions = slices.Clone(a.conditions)
		a.conditions[i].Values = sorted(slices.Concat(a.conditions[i].Values, b.conditions[i].Values))
	default:
		return grant{}, false
	}
	return a, true
}

// conditionsDiffer are the places at which two lists of conditions have other
// values; false where they are on other keys.
func conditionsDiffer(a, b []policy.Condition) (differ []int, comparable bool) {
	if len(a) != len(b) {
		return nil, false
	}
	for i := range a {
		if a[i].Operator != b[i].Operator || a[i].Key != b[i].Key {
			return nil, false
		}
		if !slices.Equal(a[i].Values, b[i].Values) {
			differ = append(differ, i)
		}
	}
	return differ, true
}
