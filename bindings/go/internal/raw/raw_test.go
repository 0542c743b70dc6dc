package raw

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"
)

var versionOf = regexp.MustCompile(`(?:SWIG )?Version (\S+)`)

// What is committed is what SWIG makes of the header as it is.
func TestTheRawLayerIsThatOfTheHeader(t *testing.T) {
	if _, err := os.Stat("../../../thing.i"); err != nil {
		t.Skip("the repository is not around this package")
	}
	said, err := exec.Command("swig", "-version").Output()
	if err != nil {
		t.Skip("no swig")
	}
	committed, err := os.ReadFile("thing.go")
	if err != nil {
		t.Fatal(err)
	}
	here, made := versionOf.FindSubmatch(said), versionOf.FindSubmatch(committed)
	if here == nil || made == nil {
		t.Fatal("no version of SWIG")
	}
	if !bytes.Equal(here[1], made[1]) {
		t.Skipf("made by SWIG %s, here is %s", made[1], here[1])
	}
	dir := t.TempDir()
	if out, err := exec.Command("../../generate.sh", dir).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, name := range []string{"thing.go", "thing_wrap.c"} {
		old, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		now, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(old, now) {
			t.Errorf("%s is not what generate.sh makes: run it, and commit", name)
		}
	}
}
