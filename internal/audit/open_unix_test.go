//go:build unix

package audit

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func TestTheLogIsMadeForItsOwnerAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	if err := open(t, path).Close(); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode() != 0o600 {
		t.Errorf("mode %v, error %v", info.Mode(), err)
	}
}

func TestWhatOthersMayDoToALogIsRefusedOrSaid(t *testing.T) {
	for mode, test := range map[os.FileMode]struct{ refused, warning string }{
		0o600: {},
		0o700: {},
		0o640: {warning: "others may read "},
		0o604: {warning: "(mode 0604)"},
		0o620: {refused: "others may write to "},
		0o666: {refused: "(mode 0666)"},
	} {
		path := filepath.Join(t.TempDir(), "log")
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, mode); err != nil { // which no umask lessens
			t.Fatal(err)
		}
		l, warning, err := Open(path)
		if (err != nil) != (test.refused != "") || err != nil && !strings.Contains(err.Error(), test.refused) {
			t.Errorf("%v: error %v, want %q", mode, err, test.refused)
		}
		if (warning != "") != (test.warning != "") || !strings.Contains(warning, test.warning) {
			t.Errorf("%v: warning %q, want %q", mode, warning, test.warning)
		}
		if l != nil {
			l.Close()
		}
		if info, err := os.Stat(path); err != nil || info.Mode() != mode {
			t.Errorf("%v became %v, error %v", mode, info.Mode(), err)
		}
	}
}

func TestALinkIsNotFollowed(t *testing.T) {
	dir := t.TempDir()
	target, link := filepath.Join(dir, "target"), filepath.Join(dir, "log")
	for name, to := range map[string]string{"to a file": target, "to nothing": filepath.Join(dir, "nothing")} {
		if err := os.WriteFile(target, []byte("not yours\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(to, link); err != nil {
			t.Fatal(err)
		}
		if _, _, err := Open(link); err == nil || !strings.Contains(err.Error(), "is a symbolic link") {
			t.Errorf("%s: error %v", name, err)
		}
		// One that is put there after the look.
		if f, err := os.OpenFile(link, os.O_RDWR|os.O_CREATE|os.O_APPEND|noFollow, 0o600); err == nil {
			f.Close()
			t.Errorf("%s: it was followed", name)
		}
		if err := os.Remove(link); err != nil {
			t.Fatal(err)
		}
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 || contents(t, target) != "not yours\n" {
		t.Errorf("something was written: %v, error %v", entries, err)
	}
}

func TestAPipeIsNoLog(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, err := Open(path); err == nil || !strings.Contains(err.Error(), "is no file that can be appended to") {
		t.Errorf("error %v", err)
	}
}
