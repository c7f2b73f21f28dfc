package policy

// Canonical is the one form of everything that means the same.
func (d Document) Canonical() Document { return d }

// String is the document as compact JSON.
func (d Document) String() string { return d.opaque }
