package thing

import (
	"context"
	"strings"
)

// include is what comes along with records: the rows of a relation, or numbers about them.
type include struct {
	name     string // of a relation; of numbers their path, "_count.books", or the beginning of several paths
	options  M
	children []*include
	wrong    string // what a document of numbers should say
}

func (i *include) isNumbers() bool { return isNumberPath(i.name) }

// cutPath takes the first relation off a path; numbers are the end of one.
func cutPath(path string) (name, rest string, isLonger bool) {
	if isNumberPath(path) {
		return path, "", false
	}
	return strings.Cut(path, ".")
}

// addIncludes is a new tree; the old one stays as it is.
func addIncludes(old []*include, paths []string) []*include {
	out := cloneIncludes(old)
	for _, path := range paths {
		level := &out
		for name, rest, more := "", path, true; more; {
			name, rest, more = cutPath(rest)
			found := findInclude(*level, name)
			if found == nil {
				found = &include{name: name}
				*level = append(*level, found)
			}
			level = &found.children
		}
	}
	return out
}

func cloneIncludes(old []*include) []*include {
	var out []*include
	for _, i := range old {
		out = append(out, &include{i.name, i.options, cloneIncludes(i.children), i.wrong})
	}
	return out
}

func findInclude(includes []*include, path string) *include {
	name, rest, isLonger := cutPath(path)
	for _, i := range includes {
		if i.name != name {
			continue
		}
		if isLonger {
			return findInclude(i.children, rest)
		}
		return i
	}
	return nil
}

// includeDocument is "include" of a query for records of p, which is nil where the struct has no such relation.
func includeDocument(p *plan, includes []*include) (M, error) {
	out := M{}
	for _, i := range includes {
		if i.isNumbers() {
			continue
		}
		document, err := i.document(p)
		if err != nil {
			return nil, err
		}
		out[i.name] = document
	}
	asked, err := p.numbersOf(includes)
	if err != nil {
		return nil, err
	}
	return out, p.addNumbers(out, asked)
}

func (i *include) document(p *plan) (any, error) {
	if len(i.options) == 0 && len(i.children) == 0 {
		return true, nil
	}
	out := M{}
	for name, value := range i.options {
		out[name] = value
	}
	if len(i.children) == 0 {
		return out, nil
	}
	target, err := p.target(i.name)
	if err != nil {
		return nil, err
	}
	out["include"], err = includeDocument(target, i.children)
	return out, err
}

// target is the plan of the records of a relation; nil when the struct does not have it.
func (p *plan) target(relation string) (*plan, error) {
	if p == nil || p.link(relation) == nil {
		return nil, nil
	}
	return p.db.planOf(p.link(relation).target)
}

// LoadWith is Load by a document as "include" has it (docs/reference/criteria.md): {"books": {"take": 5}},
// {"_count": {"select": {"books": true}}}. A true for "_count" and the like means those that the struct has.
func (m *Model[T]) LoadWith(ctx context.Context, objs []*T, include M) error {
	return m.load(ctx, objs, includesOf(include))
}

// includesOf is the tree of a document.
func includesOf(document map[string]any) []*include {
	var out []*include
	for name, value := range document {
		switch {
		case value == false:
		case isNumberPath(name):
			out = append(out, numbersIn(name, value)...)
		default:
			out = append(out, includeOf(name, value))
		}
	}
	return out
}

// includeOf is a relation, with what a document says of its rows.
func includeOf(name string, value any) *include {
	one := &include{name: name, options: M{}}
	options, _ := membersOf(value)
	for key, option := range options {
		if members, isObject := membersOf(option); key == "include" && isObject {
			one.children = includesOf(members)
			continue
		}
		one.options[key] = option
	}
	return one
}

// choose sets what is said of the rows, and adds what comes along with them.
func (i *include) choose(options M) {
	said := includeOf(i.name, options)
	i.options = said.options
	for _, child := range said.children {
		if old := findInclude(i.children, child.name); old != nil {
			*old = *child
			continue
		}
		i.children = append(i.children, child)
	}
}

func membersOf(value any) (map[string]any, bool) {
	switch members := value.(type) {
	case M:
		return members, true
	case map[string]any:
		return members, true
	}
	return nil, false
}
