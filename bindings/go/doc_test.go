package thing_test

import (
	"go/ast"
	"go/doc"
	"go/parser"
	"go/token"
	"io/fs"
	"os/exec"
	"strings"
	"testing"
)

// Everything exported has a comment that says it, which go doc shows.
func TestEverythingExportedIsDocumented(t *testing.T) {
	files := token.NewFileSet()
	packages, err := parser.ParseDir(files, ".", func(info fs.FileInfo) bool { return !strings.HasSuffix(info.Name(), "_test.go") }, parser.ParseComments)
	must(t, err)
	documented := doc.New(packages["thing"], "thing", 0)
	if documented.Doc == "" {
		t.Error("the package has no comment")
	}
	said := func(name, comment string) {
		t.Helper()
		if strings.TrimSpace(comment) == "" {
			t.Errorf("%s has no comment", name)
		}
	}
	functions := func(of string, all []*doc.Func) {
		for _, f := range all {
			said(of+f.Name, f.Doc)
		}
	}
	functions("", documented.Funcs)
	for _, kind := range documented.Types {
		said(kind.Name, kind.Doc)
		functions("", kind.Funcs)
		functions(kind.Name+".", kind.Methods)
		values(kind.Consts, said)
		values(kind.Vars, said)
	}
	values(documented.Consts, said)
	values(documented.Vars, said)
	printed, err := exec.Command(goTool(), "doc", "-all", ".").CombinedOutput()
	if err != nil || !strings.Contains(string(printed), "func Open(") {
		t.Errorf("go doc: %v\n%s", err, printed)
	}
}

// values of a group need a comment of the group, or of their own.
func values(groups []*doc.Value, said func(name, comment string)) {
	for _, group := range groups {
		for _, spec := range group.Decl.Specs {
			value := spec.(*ast.ValueSpec)
			comment := group.Doc + value.Doc.Text() + value.Comment.Text()
			said(value.Names[0].Name, comment)
		}
	}
}
