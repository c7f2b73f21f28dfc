// Package esc turns environments into Pulumi ESC's YAML files: it encodes them,
// holds them to rules that ESC only tells on use, and keeps them in a folder.
//
// It does not talk to Pulumi Cloud, does not evaluate environments, and never
// writes over a file that it did not write.
//
// https://www.pulumi.com/docs/esc/environments/syntax/
package esc

import (
	"fmt"
	"strings"

	"github.com/trustctl/trustctl/internal/grammar"
	"github.com/trustctl/trustctl/internal/subject"
	"github.com/trustctl/trustctl/internal/trust"
)

const extension = ".yaml"

// Path is where an environment's file is below the ESC folder, with slashes:
// org/project/environment.yaml. Names that begin with a dot are refused: such
// files are hidden, and some of them (.git) mean something to other programs.
//
// ESC tells payments from Payments, and some file systems do not: two
// environments that differ only in letter case would share a file there.
func Path(environment string) (string, error) {
	e, err := subject.ParseEnvironment(environment)
	if err != nil {
		return "", err
	}
	for _, name := range []string{e.Project, e.Name} {
		if strings.HasPrefix(name, ".") {
			return "", fmt.Errorf("%q begins with a dot and cannot be a file or folder of environments: set emit = false, or choose another name", name)
		}
	}
	return e.String() + extension, nil
}

// Header is the first line of a file that trustctl wrote: whose it is.
type Header struct {
	Stack       string
	Account     trust.AccountID
	Environment string // org/project/environment
}

// header is strict, so that nothing in a name can end the comment. Its names are
// as long as the language has them at most.
var header = grammar.Of(`^# Written by trustctl\. Stack: ([a-z0-9-]+)\. Account: ([0-9]{12})\. Environment: ([A-Za-z0-9._/-]+)\.\r?\n`)

const maxEnvironment = 250

// String is the line, with its end.
func (h Header) String() string {
	return fmt.Sprintf("# Written by trustctl. Stack: %s. Account: %s. Environment: %s.\n", h.Stack, h.Account, h.Environment)
}

// ParseHeader reads the header of a file; ok is false where there is none.
func ParseHeader(content []byte) (h Header, ok bool) {
	m := header.Regexp().FindSubmatch(content)
	if m == nil || !trust.IsStack(string(m[1])) || len(m[3]) > maxEnvironment {
		return Header{}, false
	}
	return Header{Stack: string(m[1]), Account: trust.AccountID(m[2]), Environment: string(m[3])}, true
}

func headerOf(f trust.EnvironmentFile) Header {
	return Header{Stack: f.Stack, Account: f.Account, Environment: f.Environment}
}
