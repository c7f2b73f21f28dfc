package policy

// Piece is a piece of a condition's value. Exactly one of Raw, Exact and
// Variable is set, but for the empty text.
type Piece struct {
	Raw        string // as written: under a Like operator * and ? in it are wildcards
	Exact      string // the character that an escape stands for
	Variable   string // the condition key whose value belongs here
	Default    string // what belongs here where the key is missing
	HasDefault bool
}

// Pieces takes a value of one of the document's conditions apart as the
// document's Version asks for. ok is false where a ${ is neither an escape nor
// a variable, so that nobody knows what IAM makes of it.
func (d Document) Pieces(value string) (pieces []Piece, ok bool) {
	l := Version2008
	if d.Version == Version2012 {
		l = Version2012
	}
	parts, ok := language(l).parts(value)
	for _, p := range parts {
		pieces = append(pieces, Piece{p.raw, p.exact, p.variable, p.fallback, p.defaults})
	}
	return pieces, ok
}
