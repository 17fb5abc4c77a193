package regomod

import (
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/open-policy-agent/opa/v1/ast"
)

// This file bounds what OPA's compiler takes more than linear time or memory
// over, before it begins: it cannot be interrupted. Its check of types takes twice
// as long for every comprehension around another, and its check for recursion
// looks from every rule at all that the rule leads to.

const (
	// MaxComprehensions is how deeply comprehensions may nest.
	MaxComprehensions = 8
	// maxInside bounds the expressions of a policy, each counted twice as often for
	// every comprehension around it.
	maxInside = 500_000
	// maxUses bounds how often rules of a policy name others, and maxReach how
	// often they do counted from every rule that leads there.
	maxUses  = 100_000
	maxReach = 2_000_000
	// maxLooked bounds the search for rules of packages that are named as a whole.
	maxLooked = 5_000_000
)

// checkCompiling refuses what would take OPA's compiler too long.
func (c *compiler) checkCompiling() {
	inside := 0
	for _, path := range c.order {
		f := c.files[path]
		for _, rule := range f.module.Rules {
			n := &nest{}
			n.look(rule, 0)
			if inside += n.inside; n.deepest > MaxComprehensions {
				c.report(nestedComprehensions(f.at(rule.Head.Loc())))
				return
			}
			if inside > maxInside {
				c.report(tooMuchInside(f.at(rule.Head.Loc())))
				return
			}
		}
	}
	u := c.usage()
	c.checkReach(u)
	c.checkTypes(u)
}

// nest measures comprehensions inside each other.
type nest struct {
	deepest, inside int
}

func (n *nest) look(x any, depth int) {
	n.deepest = max(n.deepest, depth)
	if depth > MaxComprehensions {
		return
	}
	ast.NewGenericVisitor(func(x any) bool {
		switch x := x.(type) {
		case *ast.Expr:
			n.inside += 1 << depth
		case *ast.ArrayComprehension:
			n.look(x.Term, depth+1)
			n.look(x.Body, depth+1)
			return true
		case *ast.SetComprehension:
			n.look(x.Term, depth+1)
			n.look(x.Body, depth+1)
			return true
		case *ast.ObjectComprehension:
			n.look(x.Key, depth+1)
			n.look(x.Value, depth+1)
			n.look(x.Body, depth+1)
			return true
		}
		return false
	}).Walk(x)
}

// usage is which rules name which others, by name: "pkg.rule".
type usage struct {
	looked int                       // names looked through for references to whole packages
	rules  map[string]int            // how many have the name
	uses   map[string]map[string]int // how often the rules of a name name others
	at     map[string]hcl.Range      // of the first rule of a name
	order  []string                  // the names, in order of the modules
}

// checkReach bounds the graph that OPA makes of rules that name others.
func (c *compiler) checkReach(u *usage) {
	if len(u.order) > 0 && u.looked > maxLooked {
		c.report(tooManyUses(u.at[u.order[0]]))
		return
	}
	edges := map[string]int{} // of OPA's graph, from the rules of a name
	total := 0
	for _, name := range u.order {
		for used, times := range u.uses[name] {
			edges[name] += times * u.rules[used]
		}
		if total += edges[name]; total > maxUses {
			c.report(tooManyUses(u.at[name]))
			return
		}
	}
	reached := 0
	for _, name := range u.order {
		seen := map[string]bool{name: true}
		for todo := []string{name}; len(todo) > 0; {
			next := todo[len(todo)-1]
			todo = todo[:len(todo)-1]
			if reached += u.rules[name] * (1 + edges[next]); reached > maxReach {
				c.report(tooManyUses(u.at[name]))
				return
			}
			for used := range u.uses[next] {
				if !seen[used] {
					seen[used] = true
					todo = append(todo, used)
				}
			}
		}
	}
}

func (c *compiler) usage() *usage {
	u := &usage{rules: map[string]int{}, uses: map[string]map[string]int{}, at: map[string]hcl.Range{}}
	for _, path := range c.order {
		f := c.files[path]
		for _, rule := range f.module.Rules {
			name := f.pkg + "." + firstWord(rule)
			if u.rules[name]++; u.rules[name] == 1 {
				u.order = append(u.order, name)
				u.at[name], u.uses[name] = f.at(rule.Head.Loc()), map[string]int{}
			}
		}
	}
	for _, path := range c.order {
		f := c.files[path]
		imports := f.imports()
		for _, rule := range f.module.Rules {
			u.note(f, rule, imports)
		}
	}
	return u
}

// firstWord is the name by which other rules may find a rule: of a path its
// first word.
func firstWord(rule *ast.Rule) string {
	if v, ok := rule.Head.Ref()[0].Value.(ast.Var); ok {
		return string(v)
	}
	return ""
}

// note takes up which rules a rule names. Variables that are no rule's name name
// none; what names a whole package names all of its rules.
func (u *usage) note(f *file, rule *ast.Rule, imports map[string]ast.Ref) {
	from := u.uses[f.pkg+"."+firstWord(rule)]
	whole := func(prefix string) {
		if u.looked += len(u.order); u.looked > maxLooked {
			return
		}
		for _, name := range u.order {
			if len(name) > len(prefix) && name[:len(prefix)] == prefix && (prefix == "" || name[len(prefix)] == '.') {
				from[name]++
			}
		}
	}
	ast.NewGenericVisitor(func(x any) bool {
		t, ok := x.(*ast.Term)
		if !ok {
			return false
		}
		name, prefix := u.resolve(f, t, imports)
		if name != "" {
			from[name]++
		} else if prefix != "" {
			whole(strings.TrimPrefix(prefix, "."))
		}
		return false
	}).Walk(rule)
}

// resolve finds the name of the rules that a term names; the prefix, which begins
// with a dot, of a whole package; or nothing.
func (u *usage) resolve(f *file, t *ast.Term, imports map[string]ast.Ref) (name, prefix string) {
	ref, isRef := t.Value.(ast.Ref)
	if v, isVar := t.Value.(ast.Var); isVar {
		ref, isRef = ast.Ref{ast.VarTerm(string(v))}, true
	}
	if !isRef {
		return "", ""
	}
	head, isVar := ref[0].Value.(ast.Var)
	if !isVar {
		return "", ""
	}
	if to := imports[string(head)]; to != nil {
		ref = append(to[:len(to):len(to)], ref[1:]...)
	} else if !isData(ref) {
		if name = f.pkg + "." + string(head); u.rules[name] == 0 {
			name = ""
		}
		return name, ""
	}
	for i := 1; i < len(ref) && word(ref, i) != ""; i++ {
		prefix += "." + word(ref, i)
		if u.rules[prefix[1:]] > 0 {
			return prefix[1:], ""
		}
	}
	if prefix == "" {
		prefix = "."
	}
	return "", prefix
}

// checkTypes refuses rules whose values have types that are too large: the
// compiler works with them, and writes them out, even if no such value is ever
// made.
func (c *compiler) checkTypes(u *usage) {
	named := map[string][]*ast.Rule{}
	files := map[*ast.Rule]*file{}
	for _, path := range c.order {
		for _, r := range c.files[path].module.Rules {
			name := c.files[path].pkg + "." + firstWord(r)
			named[name] = append(named[name], r)
			for e := r; e != nil; e = e.Else {
				files[e] = c.files[path]
			}
		}
	}
	imports := map[*file]map[string]ast.Ref{}
	for _, f := range c.files {
		imports[f] = f.imports()
	}
	w := &weigher{rules: map[*ast.Rule]int{}, named: func(from *ast.Rule, t *ast.Term) []*ast.Rule {
		name, _ := u.resolve(files[from], t, imports[files[from]])
		return named[name]
	}}
	for _, path := range c.order {
		for _, r := range c.files[path].module.Rules {
			if w.rule(r) > maxWeight {
				c.report(tooHeavy(c.files[path].at(r.Loc())))
				return
			}
		}
	}
}

// imports are the references by which a module's imports are known in it.
func (f *file) imports() map[string]ast.Ref {
	out := map[string]ast.Ref{}
	for _, i := range f.module.Imports {
		if ref, ok := i.Path.Value.(ast.Ref); ok && isData(ref) {
			out[string(i.Name())] = ref
		}
	}
	return out
}
