package thing_test

import (
	"go/format"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"
)

var firstProgram = regexp.MustCompile("(?s)```go\n(package main\n.*?)```.*?```text\n(.*?)```")

// The first program of README.md prints what is said there.
func TestTheFirstProgramOfTheReadmeRuns(t *testing.T) {
	text, err := os.ReadFile("README.md")
	must(t, err)
	match := firstProgram.FindSubmatch(text)
	if match == nil {
		t.Fatal("no program in README.md")
	}
	source := string(match[1])
	formatted, err := format.Source(match[1])
	must(t, err)
	equal(t, source, string(formatted))
	dir := t.TempDir()
	here, err := os.Getwd()
	must(t, err)
	must(t, os.WriteFile(filepath.Join(dir, "go.mod"), []byte("module first\n\ngo 1.19\n\nrequire thing v0.0.0\n\nreplace thing => "+here+"\n"), 0o600))
	must(t, os.WriteFile(filepath.Join(dir, "main.go"), match[1], 0o600))
	equal(t, run(t, dir, "."), string(match[2]))
}

// The examples print to the byte what those in C print.
func TestExamplesPrintWhatThoseInCPrint(t *testing.T) {
	for _, name := range []string{"actions", "hooks", "relations", "transactions"} {
		t.Run(name, func(t *testing.T) {
			found := run(t, ".", "./examples/"+name)
			programs := os.Getenv("THING_C_EXAMPLES")
			if programs == "" {
				t.Skip("it ran; no THING_C_EXAMPLES to compare with")
			}
			expected, err := exec.Command(filepath.Join(programs, name)).Output()
			must(t, err)
			equal(t, found, string(expected))
		})
	}
}

func goTool() string {
	if tool := os.Getenv("THING_GO"); tool != "" {
		return tool
	}
	return "go"
}

func run(t *testing.T, dir, program string) string {
	t.Helper()
	cmd := exec.Command(goTool(), "run", program)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return string(out)
}
