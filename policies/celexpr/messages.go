package celexpr

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/google/cel-go/common/operators"
	"github.com/hashicorp/hcl/v2"

	"weir/state"
)

// message is a place for which a wording is wanted. All wordings stand in this
// file: the summary a short noun phrase, the detail a sentence with the remedy.
// The place is found when it is asked for: counting columns costs, and most
// names need no wording.
type message struct{ at func() hcl.Range }

func (p *positions) msg(at hcl.Range) message { return message{func() hcl.Range { return at }} }

// msgAt is about the token at an offset.
func (p *positions) msgAt(offset int) message {
	return message{func() hcl.Range { return p.token(offset) }}
}

func (m message) err(summary, format string, args ...any) *hcl.Diagnostic {
	return &hcl.Diagnostic{
		Severity: hcl.DiagError,
		Summary:  summary,
		Detail:   fmt.Sprintf(format, args...),
		Subject:  m.at().Ptr(),
	}
}

func (m message) badCustomUse(root string) *hcl.Diagnostic {
	return m.err("Custom field without a name",
		"Name the field with a literal: %s.custom['Api_Name__c']. To ask whether it has a value, compare it: %s.custom['Api_Name__c'] != null.", root, root)
}

func (m message) badDate(text string) *hcl.Diagnostic {
	return m.err("Invalid date", "%q is not a day of the calendar. Write it as date('2026-05-04').", text)
}

func (m message) badDays() *hcl.Diagnostic {
	return m.err("Too many days", "days() takes a whole number from -%d to %d.", maxDays, maxDays)
}

func (m message) badDuration(text string) *hcl.Diagnostic {
	return m.err("Invalid duration", "%q is not a duration. Write hours, minutes and seconds, as in duration('36h'), or days(2).", text)
}

func (m message) badPattern(why string) *hcl.Diagnostic {
	return m.err("Invalid pattern", "This is not an RE2 pattern: %s. RE2 has no look-around and no back-references.", why)
}

func (m message) largePattern(size int) *hcl.Diagnostic {
	return m.err("Pattern too large", "The pattern compiles to about %d steps; %d is the most. Counted repetitions multiply: write fewer, or smaller numbers.", size, MaxPattern)
}

func (m message) manyPatterns() *hcl.Diagnostic {
	return m.err("Too many patterns", "The patterns of a policy may compile to %d steps together, and this one goes beyond. Use startsWith(), endsWith() or lists where they will do.", MaxAllPatterns)
}

func (m message) badTimestamp(text string) *hcl.Diagnostic {
	return m.err("Invalid timestamp", "%q is not an instant between the years 1700 and 2200. Write it as timestamp('2026-05-04T08:00:00Z').", text)
}

func (m message) badZone(why string) *hcl.Diagnostic {
	return m.err("Unknown time zone", "%s An offset such as '+02:00' works too.", sentence(why))
}

func (m message) customTypesDiffer(name string) *hcl.Diagnostic {
	return m.err("Custom field with two types",
		"The field %q has different types for the kinds this rule is about. Write one rule for each kind.", name)
}

func (m message) empty() *hcl.Diagnostic {
	return m.err("Empty condition", "A condition must be true or false. Write true for one that always holds.")
}

func (m message) internal(what string) *hcl.Diagnostic {
	return m.err("Condition that weir cannot read", "weir failed on this condition (%s). Please report it; writing the condition in smaller steps may help.", what)
}

func (m message) noAttribute(kinds []state.Kind, name, near string) *hcl.Diagnostic {
	return m.err("Unknown attribute", "%s has no attribute %q.%s", anyOf(kinds), name, suggestion(near))
}

func (m message) noAttendeeField(name, near string) *hcl.Diagnostic {
	return m.err("Unknown attribute", "An attendee has no attribute %q, only email, name and response.%s", name, suggestion(near))
}

func (m message) noCustomField(of, name, near string) *hcl.Diagnostic {
	return m.err("Unknown custom field", "No captured %s row has a field %q.%s Capture the field, or correct the name.", of, name, suggestion(near))
}

func (m message) noUserAttribute(name, near string) *hcl.Diagnostic {
	return m.err("Unknown attribute", "A user has no attribute %q.%s", name, suggestion(near))
}

func (m message) notApplicable(name string, lacking, having []state.Kind) *hcl.Diagnostic {
	return m.err("Attribute of another kind", "%s has no attribute %q. Leave that kind out: kinds = [%s].",
		anyOf(lacking), name, quotedKinds(having))
}

func (m message) notApplicableAtAll(name string, lacking, owners []state.Kind) *hcl.Diagnostic {
	return m.err("Attribute of another kind", "%s has no attribute %q; it belongs to %s.", anyOf(lacking), name, plurals(owners))
}

func (m message) notBool(got string) *hcl.Diagnostic {
	return m.err("Condition that is not true or false", "This gives %s. A condition must be true or false: compare it with something.", got)
}

func (m message) notLiteral(function, example string) *hcl.Diagnostic {
	return m.err("Argument that is not a literal", "%s takes a literal text, so that it can be checked now: %s.", function, example)
}

func (m message) notUTF8() *hcl.Diagnostic {
	return m.err("Invalid text", "The condition is not valid UTF-8. Save the file as UTF-8.")
}

func (m message) reservedVariable(name string) *hcl.Diagnostic {
	return m.err("Reserved name", "%q already means something in conditions. Give the variable another name.", name)
}

func (m message) indexed(root, name string) *hcl.Diagnostic {
	return m.err("Attribute in brackets", "Write %s.%s. Brackets are for custom fields: %s.custom['Api_Name__c'].", root, name, root)
}

func (m message) emailKind() *hcl.Diagnostic {
	return m.err("Unknown kind", "E-mails only go up and have no switches; conditions are about contacts, tasks and events.")
}

func (m message) notAmong(attribute, value, near string, known []string) *hcl.Diagnostic {
	return m.err("Unknown value", "%q is no value of %s, which is %s.%s", value, attribute, list(known, " or "), suggestion(near))
}

func (m message) structs() *hcl.Diagnostic {
	return m.err("Unsupported construct", "Conditions cannot build messages. Compare the attributes one by one.")
}

// syntax words a message of cel-go's parser.
func (m message) syntax(text string) *hcl.Diagnostic {
	const example = "Conditions are CEL expressions, as in item.closed && item.priority == 'High'."
	text, _, _ = strings.Cut(strings.TrimPrefix(text, "Syntax error: "), " expecting ")
	switch g := syntaxMessage.FindStringSubmatch(text); {
	case strings.HasPrefix(text, "token recognition error at: '= "):
		return m.err("Invalid condition", "Equality is written ==. %s", example)
	case strings.HasPrefix(text, "invalid argument to has()"):
		return m.err("Invalid condition", "has() takes an attribute, as in has(item.location). For a custom field write item.custom['Api_Name__c'] != null.")
	case strings.HasPrefix(text, "argument must be a simple name"):
		return m.err("Invalid condition", "The first argument must be a name for the members, as in item.attendees.exists(a, a.email == 'x').")
	case strings.HasPrefix(text, "token recognition error"):
		return m.err("Invalid condition", "There is no such symbol, or a quote is not closed. %s", example)
	case strings.HasSuffix(text, "'<EOF>'"):
		return m.err("Invalid condition", "The condition ends in the middle: something is missing, or a bracket is not closed. %s", example)
	case g != nil && logicWords[g[1]] != "":
		return m.err("Invalid condition", "%s is written %s. %s", g[1], logicWords[g[1]], example)
	case g != nil:
		return m.err("Invalid condition", "%s is not expected here. %s", g[1], example)
	}
	return m.err("Invalid condition", "%s %s", sentence(text), example)
}

var logicWords = map[string]string{"'and'": "&&", "'or'": "||", "'AND'": "&&", "'OR'": "||"}

var syntaxMessage = regexp.MustCompile(`(?s)^(?:mismatched input|extraneous input|no viable alternative at input) ('.*')$`)

func (m message) tooLong(bytes int) *hcl.Diagnostic {
	return m.err("Condition too long", "The condition has %d bytes; %d is the most. Split it into several rules.", bytes, MaxText)
}

func (m message) tooComplex(calls int) *hcl.Diagnostic {
	return m.err("Condition too complex", "The condition has %d operators and functions; %d is the most. Write lists (item.title in ['a', 'b']), or split it into several rules.", calls, MaxCalls)
}

func (m message) muchText() *hcl.Diagnostic {
	return m.err("Too many conditions", "All conditions of a policy together may have %d KiB, and this one goes beyond.", MaxAllText>>10)
}

func (m message) muchLogic() *hcl.Diagnostic {
	return m.err("Too many conditions", "All conditions of a policy together may have %d operators and functions, and this one goes beyond. Write lists (item.title in ['a', 'b']) where they will do.", MaxAllCalls)
}

func (m message) tooDeep() *hcl.Diagnostic {
	return m.err("Condition nested too deeply", "Brackets and operators may nest %d deep. Split the condition into several rules.", MaxNesting)
}

func (m message) unknownFunction(name, near string) *hcl.Diagnostic {
	if slices.Contains(macros, name) {
		return m.err("Missing argument", "%s() is asked of a list, with a name for its members and a condition, as in item.attendees.%s(a, a.email == 'x').", name, name)
	}
	return m.err("Unknown function", "There is no function %q.%s", name, suggestion(near))
}

func (m message) unknownName(name, near string, userOnly bool) *hcl.Diagnostic {
	known := "item, user, now and today"
	if userOnly {
		known = "user"
	}
	return m.err("Unknown name", "There is nothing called %q here, only %s.%s A text stands in quotes: '%s'.", name, known, suggestion(near), name)
}

func (m message) userOnly(name string) *hcl.Diagnostic {
	return m.err("Name that is not available here",
		"Membership of a group depends on the user alone, so %q cannot be used. Use user's attributes, or put the condition into a rule.", name)
}

func (m message) wholeObject(root string) *hcl.Diagnostic {
	return m.err("Missing attribute", "%q stands for the whole thing. Name one of its attributes, as in %s.", root, map[string]string{
		"item": "item.title", "user": "user.email"}[root])
}

// checker words a message of cel-go's type checker.
func (m message) checker(text string) *hcl.Diagnostic {
	if g := overloadMessage.FindStringSubmatch(text); g != nil {
		return m.overload(g[1], g[2])
	}
	if g := undeclaredMessage.FindStringSubmatch(text); g != nil {
		return m.unknownFunction(g[1], nearest(g[1], functionNames()))
	}
	if g := expectedMessage.FindStringSubmatch(text); g != nil {
		return m.err("Ill-typed condition", "This must be %s, but it is %s.%s", typeName(g[1]), typeName(g[2]), remedy(g[2]))
	}
	if g := fieldMessage.FindStringSubmatch(text); g != nil {
		return m.noAttendeeField(g[1], nearest(g[1], attendeeFields()))
	}
	if g := selectionMessage.FindStringSubmatch(text); g != nil {
		return m.err("Ill-typed condition", "This takes a part of %s, which has no parts.", typeName(g[1]))
	}
	if g := rangeMessage.FindStringSubmatch(text); g != nil {
		return m.err("Ill-typed condition", "This looks through %s, but only a list has members.", typeName(g[1]))
	}
	return m.err("Ill-typed condition", "%s Compare attributes with values of their own type.", sentence(text))
}

var (
	overloadMessage   = regexp.MustCompile(`^found no matching overload for '(.+)' applied to '(.*)'$`)
	undeclaredMessage = regexp.MustCompile(`^undeclared reference to '(.+?)' \(in container`)
	expectedMessage   = regexp.MustCompile(`^expected type '(.+)' but found '(.+)'$`)
	fieldMessage      = regexp.MustCompile(`^undefined field '(.+)'$`)
	selectionMessage  = regexp.MustCompile(`^type '(.+)' does not support field selection$`)
	rangeMessage      = regexp.MustCompile(`^expression of type '(.+?)' cannot be range`)
)

// overload words "no such function for these types".
func (m message) overload(function, signature string) *hcl.Diagnostic {
	args := signatureTypes(signature)
	op, isOperator := operatorSymbols[function]
	switch {
	case function == operators.Conditional:
		return m.err("Ill-typed condition", "Before ? stands something true or false, and after it two values of one type.")
	case function == operators.In && len(args) == 2 && args[1] == "string":
		return m.err("Ill-typed condition", "\"in\" looks for a member of a list. To look inside a text, write .contains('text').")
	case function == "contains" && len(args) > 0 && strings.HasPrefix(args[0], "list"):
		return m.err("Ill-typed condition", "contains() looks inside a text. To ask for a member of a list, write 'text' in the list.")
	case function == fnRange:
		return m.checker(fmt.Sprintf("expression of type '%s' cannot be range", strings.Join(args, ", ")))
	case isOperator && len(args) == 2:
		return m.err("Ill-typed condition", "%q does not go between %s and %s.%s", op, typeName(args[0]), typeName(args[1]), pairRemedy(args[0], args[1]))
	case isOperator && len(args) == 1:
		return m.err("Ill-typed condition", "%q does not go before %s.%s", op, typeName(args[0]), remedy(args[0]))
	}
	names := make([]string, len(args))
	for i, a := range args {
		names[i] = typeName(a)
	}
	if len(names) == 0 {
		return m.err("Ill-typed condition", "%s() needs arguments.", functionName(function))
	}
	return m.err("Ill-typed condition", "%s() does not work with %s.", functionName(function), strings.Join(names, ", "))
}

// functionName hides the names that operators and macros have inside.
func functionName(name string) string {
	if strings.HasPrefix(name, "@") || strings.HasPrefix(name, "_") {
		return "this operator"
	}
	return strings.Replace(name, "@", "", 1)
}

// signatureTypes splits "(a, list(b))" or "a.(b)" into its types.
func signatureTypes(signature string) []string {
	if head, tail, found := strings.Cut(signature, ".("); found && !strings.HasPrefix(signature, "(") {
		return append([]string{head}, splitTypes(strings.TrimSuffix(tail, ")"))...)
	}
	return splitTypes(strings.TrimSuffix(strings.TrimPrefix(signature, "("), ")"))
}

func splitTypes(list string) []string {
	var out []string
	depth, start := 0, 0
	for i, r := range list {
		switch r {
		case '(':
			depth++
		case ')':
			depth--
		case ',':
			if depth == 0 {
				out = append(out, strings.TrimSpace(list[start:i]))
				start = i + 1
			}
		}
	}
	if last := strings.TrimSpace(list[start:]); last != "" {
		out = append(out, last)
	}
	return out
}

// typeName is a CEL type in words, with its article.
func typeName(cel string) string {
	switch {
	case strings.HasPrefix(cel, "list(attendee"):
		return "a list of attendees"
	case strings.HasPrefix(cel, "list(string"):
		return "a list of texts"
	case strings.HasPrefix(cel, "list"):
		return "a list"
	case strings.HasPrefix(cel, "map"):
		return "a map"
	}
	if words, ok := typeWords[cel]; ok {
		return words
	}
	return "a value of type " + cel
}

var typeWords = map[string]string{
	"bool": "true or false", "string": "a text", "int": "a whole number", "uint": "an unsigned number",
	"double": "a number", "timestamp": "a timestamp", "duration": "a duration", "date": "a date", "days": "days",
	"null": "null", "null_type": "null", "attendee": "an attendee", "bytes": "bytes", "dyn": "anything",
}

// remedy says what to do with a value where a truth was wanted.
func remedy(cel string) string {
	switch {
	case cel == "string":
		return " Compare it, as in == 'text', or ask for != null."
	case cel == "date" || cel == "timestamp":
		return " Compare it, as in < " + map[string]string{"date": "today", "timestamp": "now"}[cel] + ", or ask for != null."
	case strings.HasPrefix(cel, "list"):
		return " Ask for a member with in, or for size() > 0."
	}
	return ""
}

// pairRemedy says what to compare instead.
func pairRemedy(a, b string) string {
	has := func(t string) bool { return a == t || b == t }
	switch {
	case has("date") && has("timestamp"):
		return " Compare a date with today or date('2026-05-04'), a timestamp with now or timestamp('2026-05-04T08:00:00Z')."
	case has("date") && has("string"):
		return " Write the day as date('2026-05-04')."
	case has("timestamp") && has("string"):
		return " Write the instant as timestamp('2026-05-04T08:00:00Z')."
	case (has("date") || has("timestamp") || has("days")) && (has("int") || has("double")):
		return " Write a number of days as days(14)."
	case has("date") && has("duration"):
		return " Dates move by whole days: days(14)."
	case has("double") && has("int"):
		return " Write the whole number with a point, as in 5.0."
	case has("bool") && has("string"):
		return " Write true or false without quotes."
	case (has("int") || has("double")) && has("string"):
		return " Write texts in quotes and numbers without."
	case strings.HasPrefix(a, "list") || strings.HasPrefix(b, "list"):
		return " To ask for a member, write 'text' in the list."
	}
	return " Both sides must have the same type."
}

var operatorSymbols = map[string]string{
	"_==_": "==", "_!=_": "!=", "_<_": "<", "_<=_": "<=", "_>_": ">", "_>=_": ">=", "_+_": "+", "_-_": "-", "_*_": "*",
	"_/_": "/", "_%_": "%", "@in": "in", "!_": "!", "-_": "-", "_?_:_": "?", "_&&_": "&&", "_||_": "||", "@index": "[ ]",
	"@blank": "== ''", "@filled": "!= ''",
}

// anyOf starts a sentence about one or more kinds: "An event", "A task or event".
func anyOf(kinds []state.Kind) string {
	if len(kinds) == 0 {
		kinds = allKinds()
	}
	names := make([]string, len(kinds))
	for i, k := range kinds {
		names[i] = k.String()
	}
	article := "A "
	if kinds[0] == state.Event {
		article = "An "
	}
	return article + list(names, " or ")
}

func plurals(kinds []state.Kind) string {
	names := make([]string, len(kinds))
	for i, k := range kinds {
		names[i] = k.Plural()
	}
	return list(names, " and ")
}

func quotedKinds(kinds []state.Kind) string {
	names := make([]string, len(kinds))
	for i, k := range kinds {
		names[i] = `"` + k.String() + `"`
	}
	return strings.Join(names, ", ")
}

func list(names []string, last string) string {
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:len(names)-1], ", ") + last + names[len(names)-1]
}

func suggestion(near string) string {
	if near == "" {
		return ""
	}
	return fmt.Sprintf(" Did you mean %q?", near)
}

// sentence gives a foreign message a capital and a full stop.
func sentence(text string) string {
	text = strings.TrimSpace(text)
	if text == "" {
		return ""
	}
	return strings.ToUpper(text[:1]) + strings.TrimSuffix(text[1:], ".") + "."
}
