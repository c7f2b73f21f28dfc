package access_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/trustctl/trustctl/internal/access"
)

// choices are bytes that a generator chooses by, one each time, so that a
// fuzzer changes one choice when it changes one byte. After the last byte the
// first alternative is always chosen.
type choices struct{ left []byte }

// Uint64 has the byte on top, where rand.Rand looks first. The bit below keeps
// it from asking again: IntN throws away a zero for the sake of fairness.
func (c *choices) Uint64() uint64 {
	const below = 1 << 55
	if len(c.left) == 0 {
		return below
	}
	b := c.left[0]
	c.left = c.left[1:]
	return uint64(b)<<56 | below
}

func chosenBy(data []byte) generator { return generator{rand.New(&choices{data})} }

// seeds are choices at random, for a corpus to begin with.
func seeds(f *testing.F) {
	f.Add([]byte{})
	for seed := range uint64(40) {
		r := rand.New(rand.NewPCG(seed, 7))
		data := make([]byte, 40+10*seed)
		for i := range data {
			data[i] = byte(r.Uint32())
		}
		f.Add(data)
	}
}

// FuzzSetAndEvaluatorAgree reads a policy and requests out of bytes. The
// evaluator and the set, which share nothing but Pattern.Match, must decide
// them alike.
func FuzzSetAndEvaluatorAgree(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		g := chosenBy(data)
		d := g.document()
		set := access.Of(d, abstract)
		for range 4 {
			agree(t, set, d, g.request())
		}
	})
}

// FuzzDeltasAreProved reads a policy and a change of it out of bytes. Every
// witness of the comparison must be proved by the evaluator.
func FuzzDeltasAreProved(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		g := chosenBy(data)
		before := g.document()
		after := g.edited(before)
		if strings.Contains(before.String()+after.String(), `\u0130`) {
			return // of İ the evaluator says nothing, even where no reading of it matters
		}
		proveDelta(t, g, access.Compare(before, after, access.Options{Issuer: abstract}), before, after)
	})
}
