package plan

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/trustctl/trustctl/internal/access"
	"github.com/trustctl/trustctl/internal/trust"
)

func TestASessionMayDoWhatOneOfItsPoliciesAllows(t *testing.T) {
	type arns = []trust.ARN
	for _, tt := range []struct {
		name          string
		before, after arns
		want          *Session
	}{
		{"none", nil, nil, nil},
		{"the same", arns{"a", "b"}, arns{"a", "b"}, nil},
		{"the first bounds", nil, arns{"a"}, &Session{Relation: access.Narrower, Added: arns{"a"}}},
		{"the last one's going unbinds", arns{"a"}, nil, &Session{Relation: access.Wider, Removed: arns{"a"}}},
		{"another allows more", arns{"a"}, arns{"a", "b"}, &Session{Relation: access.Wider, Added: arns{"b"}}},
		{"one less allows less", arns{"a", "b"}, arns{"b"}, &Session{Relation: access.Narrower, Removed: arns{"a"}}},
		{"one for another", arns{"a"}, arns{"b"}, &Session{Relation: access.Both, Added: arns{"b"}, Removed: arns{"a"}}},
	} {
		if diff := cmp.Diff(tt.want, sessionOf(tt.before, tt.after)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}
