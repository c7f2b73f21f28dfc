package explain

import (
	"fmt"
	"testing"
)

func TestATokenIsReadAsItsClaims(t *testing.T) {
	for _, text := range []string{"", "a.b", "a..c", "a.b.c.d", "a.!!!.c", "a.W10.c", ".e30.c"} {
		if _, err := DecodeToken([]byte(text)); err == nil {
			t.Errorf("%q was read as a token", text)
		} else if len(text) > 3 && fmt.Sprint(err) == text {
			t.Errorf("%q is quoted", text)
		}
	}
	c, err := DecodeToken([]byte("e30.eyJzdWIiOiJ4In0.\n"))
	if sub, _ := c.text("sub"); err != nil || sub != "x" {
		t.Errorf("the subject is %q, %v", sub, err)
	}
}
