package plan

import (
	"maps"
	"slices"

	"github.com/trustctl/trustctl/internal/policy"
	"github.com/trustctl/trustctl/internal/trust"
)

// roleFields are the fields in which two roles differ, in the order of the
// language's page.
func roleFields(before, after *trust.Role) []FieldChange {
	var f []FieldChange
	f = textField(f, "name", "", before.Name, after.Name)
	f = textField(f, "path", "", before.Path, after.Path)
	if !before.Trust.Equal(after.Trust) {
		f = textField(f, "trust", "", before.Trust.String(), after.Trust.String())
	}
	f = textField(f, "description", "", before.Description, after.Description)
	if before.MaxSession != after.MaxSession {
		f = textField(f, "max_session_duration", "", before.MaxSession.String(), after.MaxSession.String())
	}
	f = textField(f, "permissions_boundary", "", string(before.Boundary), string(after.Boundary))
	f = setField(f, "managed_policies", before.Managed, after.Managed)
	for _, name := range sortedKeys(union(before.Inline, after.Inline)) {
		x, had := before.Inline[name]
		y, has := after.Inline[name]
		if had != has || !x.Equal(y) {
			f = append(f, FieldChange{Name: "inline_policies", Key: name, Before: documentText(x, had), After: documentText(y, has)})
		}
	}
	return tagFields(f, before.Tags, after.Tags)
}

func providerFields(before, after *trust.OIDCProvider) []FieldChange {
	f := setField(nil, "client_ids", before.ClientIDs, after.ClientIDs)
	f = setField(f, "thumbprints", before.Thumbprints, after.Thumbprints)
	return tagFields(f, before.Tags, after.Tags)
}

// textField adds a field that differs; "" is its absence.
func textField(f []FieldChange, name, key, before, after string) []FieldChange {
	if before == after {
		return f
	}
	change := FieldChange{Name: name, Key: key}
	if before != "" {
		change.Before = &before
	}
	if after != "" {
		change.After = &after
	}
	return append(f, change)
}

func setField[T ~string](f []FieldChange, name string, before, after []T) []FieldChange {
	added, removed := minus(after, before), minus(before, after)
	if len(added)+len(removed) == 0 {
		return f
	}
	return append(f, FieldChange{Name: name, Added: texts(added), Removed: texts(removed)})
}

func tagFields(f []FieldChange, before, after map[string]string) []FieldChange {
	for _, key := range sortedKeys(union(before, after)) {
		x, had := before[key]
		y, has := after[key]
		if had == has && x == y {
			continue
		}
		change := FieldChange{Name: "tags", Key: key}
		if had {
			change.Before = &x
		}
		if has {
			change.After = &y
		}
		f = append(f, change)
	}
	return f
}

func documentText(d policy.Document, there bool) *string {
	if !there {
		return nil
	}
	text := d.String()
	return &text
}

// minus is what a sorted list has that another doesn't.
func minus[T ~string](a, b []T) []T {
	var out []T
	for _, x := range a {
		if _, found := slices.BinarySearch(b, x); !found {
			out = append(out, x)
		}
	}
	return out
}

func texts[T ~string](list []T) []string {
	var out []string
	for _, x := range list {
		out = append(out, string(x))
	}
	return out
}

func union[V any](a, b map[string]V) map[string]V {
	out := make(map[string]V, len(a)+len(b))
	maps.Copy(out, a)
	maps.Copy(out, b)
	return out
}

// tagDifference is the tags to set and the keys to take off; keys of a role
// were spelled alike before, so plain comparison is right.
func tagDifference(before, after map[string]string) (set map[string]string, gone []string) {
	for key, value := range after {
		if was, there := before[key]; !there || was != value {
			if set == nil {
				set = map[string]string{}
			}
			set[key] = value
		}
	}
	for key := range before {
		if _, stays := after[key]; !stays {
			gone = append(gone, key)
		}
	}
	slices.Sort(gone)
	return set, gone
}

// IsMark says whether the field is one of trustctl's own tags.
func (f FieldChange) IsMark() bool { return f.Name == "tags" && trust.IsMark(f.Key) }
