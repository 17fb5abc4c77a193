package regomod

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/agext/levenshtein"
	"github.com/hashicorp/hcl/v2"
	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/types"

	"weir/state"
)

// The wordings of this package, together. A summary is a short noun phrase; a
// detail is a sentence and says what to do.

func problem(rng hcl.Range, summary, format string, args ...any) *hcl.Diagnostic {
	return &hcl.Diagnostic{Severity: hcl.DiagError, Summary: summary, Detail: fmt.Sprintf(format, args...), Subject: &rng}
}

func (c *compiler) internal(what string) *hcl.Diagnostic {
	name := "."
	if len(c.order) > 0 {
		name = c.order[0]
	}
	rng := hcl.Range{Filename: name, Start: hcl.InitialPos, End: hcl.InitialPos}
	return problem(rng, "Rego that weir cannot read", "weir failed on the policy's Rego modules (%s). Please report it; smaller rules may help.", shortened(what))
}

// Modules.

func moduleTooLarge(rng hcl.Range) *hcl.Diagnostic {
	return problem(rng, "File too large", "A Rego module may have %d KiB at most. Split it into several files.", MaxBytes>>10)
}

func notUTF8(rng hcl.Range) *hcl.Diagnostic {
	return problem(rng, "Invalid text", "The module is not valid UTF-8. Save the file as UTF-8.")
}

func emptyModule(rng hcl.Range) *hcl.Diagnostic {
	return problem(rng, "Empty module", "A Rego module begins with its package, for example: package weir.rules.")
}

func tooNested(rng hcl.Range, what string) *hcl.Diagnostic {
	if what == "operators" {
		return problem(rng, "Expression too long", "An expression may have %d operators. Split it into several rules.", maxOperators)
	}
	return problem(rng, "Brackets nested too deeply", "Brackets may nest %d deep. Split the value into several rules.", MaxNesting)
}

func tooManyRules(rng hcl.Range) *hcl.Diagnostic {
	return problem(rng, "Too many rules", "The Rego modules of a policy may have %d rules together.", MaxRules)
}

func tooManySpecial(rng hcl.Range) *hcl.Diagnostic {
	return problem(rng, "Too many rules", "A policy may have %d rules in weir.rules, weir.settings and weir.guardrails together. Put names and addresses into tables that one rule looks up.", MaxSpecial)
}

func tooHeavy(rng hcl.Range) *hcl.Diagnostic {
	return problem(rng, "Values nested too deeply", "This rule puts values into each other until they would grow beyond all bounds. Build smaller values.")
}

func badPattern(rng hcl.Range, err error) *hcl.Diagnostic {
	return problem(rng, "Invalid pattern", "This is not an RE2 pattern that can be used: %s.", strings.TrimPrefix(err.Error(), "error parsing regexp: "))
}

func nestedComprehensions(rng hcl.Range) *hcl.Diagnostic {
	return problem(rng, "Comprehensions nested too deeply", "Comprehensions may nest %d deep. Give the inner ones names of their own, as rules or functions.", MaxComprehensions)
}

func tooMuchInside(rng hcl.Range) *hcl.Diagnostic {
	return problem(rng, "Too many comprehensions", "The comprehensions of all modules together hold too many expressions (%d, each counted twice for every comprehension around it). Take parts of them out into rules of their own.", maxInside)
}

func tooManyUses(rng hcl.Range) *hcl.Diagnostic {
	return problem(rng, "Too many rules that use rules", "The rules of all modules together lead to each other too often: %d times directly, %d times in all are the most. Put names and addresses into tables, and conditions that belong together into one rule.", maxUses, maxReach)
}

func tooManyValues(rng hcl.Range) *hcl.Diagnostic {
	return problem(rng, "Too many values", "The Rego modules of a policy may hold %d values together, counted by their commas and brackets.", MaxValues)
}

func tooManyExpressions(rng hcl.Range) *hcl.Diagnostic {
	return problem(rng, "Too many expressions", "A rule may have %d expressions. Split it into several rules.", maxExpressions)
}

func unknownPackage(rng hcl.Range, name string) *hcl.Diagnostic {
	return problem(rng, "Unknown package", "There is no package %q; weir reads weir.rules, weir.settings and weir.guardrails. A package of helpers may have any name outside weir.%s", name, suggestion(name, packages))
}

func reservedPackage(rng hcl.Range, name string) *hcl.Diagnostic {
	return problem(rng, "Reserved package", "The package %q has a name that OPA itself uses. Give it another name.", name)
}

// Rules.

func example(r role) string {
	switch r {
	case roleDeny, roleWarn:
		return r.String() + ` contains msg if { …; msg := "…" }`
	case roleForced:
		return `forced contains "contacts.scope" if …`
	}
	return r.String() + ` contains {"reason": "…"} if …`
}

func notASet(rng hcl.Range, r role) *hcl.Diagnostic {
	return problem(rng, "Set expected", "%q is a set: write %s.", r, example(r))
}

func settingWithoutValue(rng hcl.Range, path string) *hcl.Diagnostic {
	return problem(rng, "Setting expected", "%q must be a setting's path with a value, for example: contacts.forbid_to_remove := true if input.user.profile == \"Sales\".", path)
}

func notAnObject(rng hcl.Range, r role) *hcl.Diagnostic {
	return problem(rng, "Object expected", "The members of %q are objects that stand in the rule: write %s.", r, example(r))
}

func messageNoText(rng hcl.Range, r role) *hcl.Diagnostic {
	return problem(rng, "Text expected", "The members of %q are messages: write %s, or put values into one with sprintf.", r, example(r))
}

func missingReason(rng hcl.Range, r role) *hcl.Diagnostic {
	return problem(rng, "Missing reason", "A rule must say its reason: write %s.", example(r))
}

func badHeading(rng hcl.Range, name, wants string) *hcl.Diagnostic {
	return problem(rng, "Constant expected", "%q takes %s. It is shown before any rule runs, and cannot be computed.", name, wants)
}

func unknownHeading(rng hcl.Range, r role, name string) *hcl.Diagnostic {
	return problem(rng, "Unknown attribute", "A rule's object has no attribute %q, only %s.%s", name, listed(headingKeys, " and "), suggestion(name, headingKeys))
}

func unknownKind(rng hcl.Range, name string) *hcl.Diagnostic {
	switch strings.ToLower(name) {
	case "email", "emails", "mail", "e-mail", "message":
		return problem(rng, "Unknown kind", "E-mails only go up and have no switches; rules are about contacts, tasks and events.")
	}
	var names []string
	for _, k := range state.Kinds() {
		names = append(names, k.String())
	}
	return problem(rng, "Unknown kind", "There is no kind %q; the kinds are %s.%s", name, listed(names, " and "), suggestion(name, names))
}

func unusedRule(rng hcl.Range, pkg, name string, known []string) *hcl.Diagnostic {
	d := problem(rng, "Rule without effect", "Nothing uses %q, and weir reads only %s in package %s.%s", name, listed(known, " and "), pkg, suggestion(name, known))
	if nearest(name, known) == "" {
		d.Severity = hcl.DiagWarning
	}
	return d
}

func notAvailable(rng hcl.Range, r role, root string) *hcl.Diagnostic {
	switch r {
	case roleSetting, roleForced:
		return problem(rng, "Name that is not available here", "A setting depends on the user alone, so input.%s cannot be used. Use input.user, or put the condition into a rule of weir.rules.", root)
	case roleDeny, roleWarn:
		return problem(rng, "Name that is not available here", "A guardrail looks at input.plan or input.simulation; there is no input.%s.", root)
	}
	return problem(rng, "Name that is not available here", "A sync rule looks at input.item, input.user, input.now and input.today; input.%s is for weir.guardrails.", root)
}

func noCustomField(rng hcl.Range, of, name string, known []string) *hcl.Diagnostic {
	return problem(rng, "Unknown custom field", "No captured %s row has a field %q.%s Capture the field, or correct the name.", of, name, suggestion(name, known))
}

func notApplicable(rng hcl.Range, name string, lacking, having, owners []state.Kind) *hcl.Diagnostic {
	if len(having) == 0 {
		return problem(rng, "Attribute of another kind", "%s has no attribute %q; it belongs to %s.", anyOf(lacking), name, plurals(owners))
	}
	quotedKinds := make([]string, len(having))
	for i, k := range having {
		quotedKinds[i] = fmt.Sprintf("%q", k.String())
	}
	return problem(rng, "Attribute of another kind", `%s has no attribute %q. Leave that kind out: put "kinds": [%s] into the rule's object.`,
		anyOf(lacking), name, strings.Join(quotedKinds, ", "))
}

func kindNames(kinds []state.Kind) string {
	names := make([]string, len(kinds))
	for i, k := range kinds {
		names[i] = k.String()
	}
	return joined(names, " or ")
}

func anyOf(kinds []state.Kind) string {
	article := "A "
	if kinds[0] == state.Event {
		article = "An "
	}
	return article + kindNames(kinds)
}

func plurals(kinds []state.Kind) string {
	names := make([]string, len(kinds))
	for i, k := range kinds {
		names[i] = k.Plural()
	}
	return joined(names, " and ")
}

func listed(names []string, last string) string {
	q := make([]string, len(names))
	for i, n := range names {
		q[i] = fmt.Sprintf("%q", n)
	}
	return joined(q, last)
}

func joined(names []string, last string) string {
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:len(names)-1], ", ") + last + names[len(names)-1]
}

// nearest is the known name most like a misspelt one, or "".
func nearest(name string, known []string) string {
	best, least := "", 1+max(min(2, len(name)/2), len(name)/3)
	if len(name) > maxShown {
		return ""
	}
	for _, k := range known {
		d := levenshtein.Distance(strings.ToLower(name), strings.ToLower(k), nil)
		if d < least && d < len(k) {
			best, least = k, d
		}
	}
	return best
}

func suggestion(name string, known []string) string {
	if near := nearest(name, known); near != "" {
		return fmt.Sprintf(" Did you mean %q?", near)
	}
	return ""
}

// What OPA says.

var (
	unsafeMessage  = regexp.MustCompile(`^var (\S+) is unsafe`)
	unknownMessage = regexp.MustCompile(`^undefined function (\S+)`)
)

// worded words an error of OPA's parser or compiler.
func (c *compiler) worded(e *ast.Error) *hcl.Diagnostic {
	rng := c.place(e.Location)
	message := strings.TrimSpace(e.Message)
	if d, ok := e.Details.(*ast.RefErrInvalidDetail); ok {
		return c.noSuchPart(rng, d)
	}
	if d, ok := e.Details.(*ast.RefErrUnsupportedDetail); ok {
		if d.Pos+1 < len(d.Ref) && d.Ref[d.Pos+1].Location != nil {
			rng = c.place(d.Ref[d.Pos+1].Location)
		}
		return problem(rng, "Ill-typed reference", "%s has no parts.", shortened(d.Ref[:d.Pos+1].String()))
	}
	if d, ok := e.Details.(*ast.UnificationErrDetail); ok && e.Code == ast.TypeErr {
		if left, right := typeWord(d.Left), typeWord(d.Right); left != right {
			return problem(rng, "Ill-typed Rego", "%s is never equal to %s. Compare things of one type.", strings.ToUpper(left[:1])+left[1:], right)
		}
	}
	if g := unknownMessage.FindStringSubmatch(message); g != nil {
		return c.unknownFunction(c.word(e.Location, g[1]), g[1])
	}
	if g := unsafeMessage.FindStringSubmatch(message); g != nil {
		return c.unsafe(c.word(e.Location, g[1]), g[1])
	}
	switch e.Code {
	case ast.ParseErr:
		return problem(rng, "Invalid Rego", "%s Rules are written as in: exclude contains {\"reason\": \"…\"} if input.item.private.", sentence(message))
	case ast.TypeErr:
		return problem(rng, "Ill-typed Rego", "%s", sentence(typeDetail(e, message)))
	case ast.RecursionErr:
		return problem(rng, "Rule that calls itself", "%s Rego has no recursion.", sentence(message))
	}
	return problem(rng, "Invalid Rego", "%s", sentence(message))
}

// typeWord names a type for people.
func typeWord(t types.Type) string {
	switch t.(type) {
	case types.Boolean:
		return "a truth value"
	case types.String:
		return "a text"
	case types.Number:
		return "a number"
	case types.Null:
		return "null"
	case *types.Array:
		return "a list"
	case *types.Set:
		return "a set"
	case *types.Object:
		return "an object"
	}
	return "something else"
}

func typeDetail(e *ast.Error, message string) string {
	message = strings.ReplaceAll(message, "\n", " ")
	if e.Details != nil {
		var lines []string
		for _, line := range e.Details.Lines() {
			if line = strings.TrimSpace(line); line != "" && strings.Trim(line, "^ ") != "" {
				lines = append(lines, line)
			}
		}
		if len(lines) > 0 {
			message += " (" + shortened(strings.Join(lines, "; ")) + ")"
		}
	}
	return message
}

// noSuchPart words a reference to something that is not there.
func (c *compiler) noSuchPart(rng hcl.Range, d *ast.RefErrInvalidDetail) *hcl.Diagnostic {
	part := d.Ref[min(d.Pos, len(d.Ref)-1)]
	if part.Location != nil && len(part.Location.Text) > 0 {
		rng = c.place(part.Location)
	}
	name := strings.Trim(part.Value.String(), `"`)
	if isData(d.Ref) && len(d.Ref) > 3 {
		if pkg := dotted(d.Ref[1:3]); slices.Contains(packages, pkg) {
			return cannotRead(rng, name)
		}
	}
	var known []string
	for _, v := range d.OneOf {
		if s, ok := v.(ast.String); ok {
			known = append(known, string(s))
		}
	}
	slices.Sort(known)
	switch of := d.Ref[:d.Pos].String(); {
	case of == "input.item" && name != "":
		for _, row := range state.Schema() {
			if row.Internal && row.Name == name {
				return problem(rng, "Unknown attribute", "%q is no attribute that rules may read.", name)
			}
		}
		return problem(rng, "Unknown attribute", "An item has no attribute %q.%s", name, suggestion(name, attributeNames()))
	case of == "input.user":
		return problem(rng, "Unknown attribute", "A user has no attribute %q.%s", name, suggestion(name, userAttributeNames()))
	case of == "input":
		return problem(rng, "Unknown name", "There is no input.%s; input has item, user, now and today, and in weir.guardrails plan or simulation.%s", name, suggestion(name, known))
	default:
		if len(known) > 10 || len(known) == 0 {
			return problem(rng, "Unknown name", "%s has no %q.%s", shortened(of), name, suggestion(name, known))
		}
		return problem(rng, "Unknown name", "%s has no %q, only %s.%s", shortened(of), name, listed(known, " and "), suggestion(name, known))
	}
}

func cannotRead(rng hcl.Range, name string) *hcl.Diagnostic {
	return problem(rng, "Rule that cannot be read", "%q is read by weir only, and by no other rule. Put what both rules need into a helper rule.", name)
}

func (c *compiler) unknownFunction(rng hcl.Range, name string) *hcl.Diagnostic {
	for _, b := range ast.CapabilitiesForThisVersion().Builtins {
		if b.Name == name {
			return problem(rng, "Function not allowed", "%s is not available in policies: %s", name, whyNot(name))
		}
	}
	return problem(rng, "Unknown function", "There is no function %q.%s", name, suggestion(name, allowed))
}

// whyNot says why a function of OPA's is not allowed.
func whyNot(name string) string {
	switch family, _, _ := strings.Cut(name, "."); {
	case name == "time.now_ns":
		return "the instant is an input. Use input.now."
	case name == "rand.intn" || name == "uuid.rfc4122":
		return "the same policy and recording must always give the same plan."
	case family == "http" || family == "net" || family == "providers" || name == "opa.runtime":
		return "policies reach no network and no environment."
	case name == "print" || name == "trace":
		return "policies have no output. weir explain shows what each rule saw."
	case family == "glob":
		return "its patterns can take very long. Use regex.match."
	case name == "regex.replace" || name == "strings.replace_n":
		return "its results can be of any length. Use replace."
	}
	return "it can take more time or memory than a policy may, or has no use here."
}

func (c *compiler) unsafe(rng hcl.Range, name string) *hcl.Diagnostic {
	f := c.files[rng.Filename]
	if f != nil && slices.Contains([]string{"exclude", "hold", "deny", "warn", "forced"}, name) && slices.Contains(packages, f.pkg) {
		return cannotRead(rng, name)
	}
	if f != nil && f.pkg == settingsPackage && slices.Contains(c.env.Settings, name) {
		return cannotRead(rng, name)
	}
	known := []string{"input", "data"}
	near := suggestion(name, known)
	for _, a := range []string{"item", "user", "now", "today"} {
		if name == a {
			near = fmt.Sprintf(" Did you mean %q?", "input."+a)
		}
	}
	return problem(rng, "Unknown name", "%q has no value here: it is neither a rule nor assigned before.%s", name, near)
}

// sentence gives a foreign message a capital and a full stop.
func sentence(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	for _, prefix := range []string{"rego_parse_error: ", "rego_compile_error: ", "rego_type_error: "} {
		text = strings.TrimPrefix(text, prefix)
	}
	if text == "" {
		return "This is not valid."
	}
	return strings.ToUpper(text[:1]) + strings.TrimSuffix(text[1:], ".") + "."
}
