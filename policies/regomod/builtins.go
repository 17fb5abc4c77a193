package regomod

import (
	"encoding/json"
	"errors"
	"math/bits"
	"regexp"
	"regexp/syntax"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/topdown"

	"weir/state/zone"
)

// families are the functions that policies may call, with the reason why they
// may: everything else is unknown to the compiler. None of them reaches network,
// environment, clock, files or randomness (a test calls each under different
// ones), and each is charged for what it reads and makes. Left out on purpose,
// besides what is impure: glob (exponential patterns), yaml (aliases that
// multiply), graph, json.patch and schemas (more work than they charge for),
// regex.replace and friends (results of any length), bits (numbers of any size),
// print and trace (a policy has nobody to talk to).
var families = []struct {
	why   string
	names []string
}{
	{"operators look at their operands alone", []string{
		"eq", "equal", "neq", "lt", "lte", "gt", "gte", "assign", "plus", "minus", "mul", "div", "rem", "and", "or",
		"internal.member_2", "internal.member_3", "internal.template_string"}},
	{"they compute with the numbers they are given; ranges and numbers are bounded", []string{
		"abs", "ceil", "floor", "round", "numbers.range", "numbers.range_step", "format_int", "to_number"}},
	{"they count, order and join the collections they are given; sets and objects have one order", []string{
		"count", "sum", "product", "max", "min", "sort", "union", "intersection",
		"array.concat", "array.flatten", "array.reverse", "array.slice",
		"object.filter", "object.get", "object.keys", "object.remove", "object.subset", "object.union", "object.union_n",
		"walk"}},
	{"they look at the texts they are given by Unicode's tables, which are Go's own, whatever the locale", []string{
		"concat", "contains", "endswith", "indexof", "indexof_n", "lower", "upper", "replace", "split", "sprintf", "startswith",
		"strings.any_prefix_match", "strings.any_suffix_match", "strings.count", "strings.reverse", "substring",
		"trim", "trim_left", "trim_prefix", "trim_right", "trim_space", "trim_suffix"}},
	{"they match by RE2, in time that grows with text and pattern alone", []string{
		"regex.is_valid", "regex.match", "regex.find_n", "regex.find_all_string_submatch_n", "regex.split"}},
	{"they translate the text they are given; there is no key and no chance in them", []string{
		"base64.decode", "base64.encode", "base64.is_valid", "hex.decode", "hex.encode", "crypto.sha256",
		"json.is_valid", "json.marshal", "json.unmarshal", "semver.compare", "semver.is_valid"}},
	{"they look at the type of what they are given", []string{
		"is_array", "is_boolean", "is_null", "is_number", "is_object", "is_set", "is_string", "type_name"}},
	{"they take the instant they are given, in zones of weir's own database; none asks for the time", []string{
		"time.add_date", "time.clock", "time.date", "time.diff", "time.format", "time.parse_duration_ns", "time.parse_ns",
		"time.parse_rfc3339_ns", "time.weekday"}},
}

// allowed are the functions of all families.
var allowed = func() (all []string) {
	for _, f := range families {
		all = append(all, f.names...)
	}
	return all
}()

// capabilities is what the compiler knows.
var capabilities = sync.OnceValue(func() *ast.Capabilities {
	all := ast.CapabilitiesForThisVersion()
	byName := map[string]*ast.Builtin{}
	for _, b := range all.Builtins {
		byName[b.Name] = b
	}
	caps := &ast.Capabilities{FutureKeywords: all.FutureKeywords, AllowNet: []string{}}
	for _, f := range all.Features {
		if f == ast.FeatureRefHeadStringPrefixes || f == ast.FeatureRefHeads || f == ast.FeatureRegoV1Import ||
			f == "rego_v1" || f == "keywords_in_refs" || f == "template_strings" {
			caps.Features = append(caps.Features, f)
		}
	}
	for _, name := range allowed {
		b, ok := byName[name]
		if !ok {
			panic("regomod: OPA has no function " + name)
		}
		caps.Builtins = append(caps.Builtins, b)
	}
	return caps
})

// install puts guards around the allowed functions, once for the process: OPA
// keeps one table of functions, and this package is its only user.
var install = sync.OnceFunc(func() {
	capabilities()
	for _, name := range allowed {
		// OPA calls functions that say so without their context: no budget would be
		// found there, and nothing charged.
		ast.BuiltinMap[name].CanSkipBctx = false
		f := topdown.GetBuiltin(name)
		if own, ok := replaced[name]; ok {
			f = own
		}
		if f != nil {
			topdown.RegisterBuiltinFunc(name, guarded(name, f))
		}
	}
})

// The bounds of one value.
const (
	maxValue   = 1 << 20  // units
	maxText    = 64 << 10 // bytes of a text that functions read or make
	maxDigits  = 400      // of a number
	maxPattern = 20_000   // of a compiled regular expression
	nodeUnits  = 32
)

var (
	errTooLarge = errors.New("a value grows too large")
	errNumber   = errors.New("a number is too large")
	errPattern  = errors.New("a regular expression is too large")
)

// cheap are functions whose work does not depend on the size of what they read.
var cheap = map[string]bool{"internal.member_2": true, "internal.member_3": true, "count": true, "object.get": true, "type_name": true,
	"is_array": true, "is_boolean": true, "is_null": true, "is_number": true, "is_object": true, "is_set": true, "is_string": true}

// guarded charges a function for its arguments and results, and refuses what
// would be too large. A function that fails ends the evaluation, so that a
// failure is never taken for false; one that fails only because it is given null
// gives what the conditions of package cond make of an empty value instead.
func guarded(name string, f topdown.BuiltinFunc) topdown.BuiltinFunc {
	before := guards[name]
	null := ofNull(name)
	return func(bctx topdown.BuiltinContext, args []*ast.Term, iter func(*ast.Term) error) error {
		b := budgetOf(bctx.Context)
		if b == nil {
			b = &budget{steps: toLower.steps, units: toLower.units}
		}
		if !cheap[name] {
			if err := b.pay(args); err != nil {
				return err
			}
		}
		if name == "sort" {
			// Comparing costs more than reading.
			for range bits.Len(uint(lengthOf(args[0]))) {
				if err := b.pay(args); err != nil {
					return err
				}
			}
		}
		if before != nil {
			if err := before(args); err != nil {
				return b.stop(err)
			}
		}
		paid := func(t *ast.Term) error {
			if err := b.pay([]*ast.Term{t}); err != nil {
				return err
			}
			return iter(t)
		}
		err := f(bctx, args, paid)
		var halt topdown.Halt
		switch {
		case err == nil || errors.As(err, &halt):
			return err
		case slices.ContainsFunc(args, isNull):
			return iter(null)
		}
		return b.stop(failed(name, bctx.Location, err))
	}
}

// stop ends the evaluation for a reason.
func (b *budget) stop(why error) error {
	if b.why == nil {
		b.why = why
	}
	return topdown.Halt{Err: b.why}
}

// pay charges for values; each may be so large and no larger.
func (b *budget) pay(terms []*ast.Term) error {
	for _, t := range terms {
		left := int64(maxValue)
		if err := measure(t, &left); err != nil {
			return b.stop(err)
		}
		if err := b.charge(maxValue - left); err != nil {
			return err
		}
	}
	return nil
}

// measure takes a value's size from what is left, and gives up below zero.
func measure(t *ast.Term, left *int64) error {
	if *left -= nodeUnits; *left < 0 {
		return errTooLarge
	}
	var err error
	each := func(x *ast.Term) {
		if err == nil {
			err = measure(x, left)
		}
	}
	switch v := t.Value.(type) {
	case ast.String:
		*left -= int64(len(v))
		if len(v) > maxText {
			return errTooLarge
		}
	case ast.Number:
		return checkNumber(v)
	case *ast.Array:
		for i := 0; i < v.Len() && err == nil; i++ {
			each(v.Elem(i))
		}
	case ast.Set:
		err = v.Iter(func(x *ast.Term) error { return measure(x, left) })
	case ast.Object:
		err = v.Iter(func(k, x *ast.Term) error {
			if err := measure(k, left); err != nil {
				return err
			}
			return measure(x, left)
		})
	}
	if err == nil && *left < 0 {
		return errTooLarge
	}
	return err
}

// checkNumber keeps out numbers that would take long to compute with.
func checkNumber(n ast.Number) error {
	if len(n) > maxDigits {
		return errNumber
	}
	if len(n) < 15 && !strings.ContainsAny(string(n), "eE") {
		return nil
	}
	if _, err := strconv.ParseFloat(string(n), 64); err != nil {
		return errNumber
	}
	return nil
}

// guards refuse beforehand what would make something too large.
var guards = map[string]func(args []*ast.Term) error{
	"replace":                          replaceGuard,
	"concat":                           concatGuard,
	"sprintf":                          sprintfGuard,
	"internal.template_string":         templateGuard,
	"regex.match":                      patternGuard,
	"regex.is_valid":                   patternGuard,
	"regex.find_n":                     patternGuard,
	"regex.find_all_string_submatch_n": patternGuard,
	"regex.split":                      patternGuard,
	"numbers.range":                    rangeGuard,
	"numbers.range_step":               rangeGuard,
	"product":                          productGuard,
}

func textArg(args []*ast.Term, i int) string {
	if i < len(args) {
		if s, ok := args[i].Value.(ast.String); ok {
			return string(s)
		}
	}
	return ""
}

func replaceGuard(args []*ast.Term) error {
	text, from, to := textArg(args, 0), textArg(args, 1), textArg(args, 2)
	if len(text)+strings.Count(text, from)*len(to) > maxText {
		return errTooLarge
	}
	return nil
}

func concatGuard(args []*ast.Term) error {
	if len(args) < 2 {
		return nil
	}
	total, between := 0, len(textArg(args, 0))
	each := func(t *ast.Term) {
		s, _ := t.Value.(ast.String)
		total += len(s) + between
	}
	switch v := args[1].Value.(type) {
	case *ast.Array:
		v.Foreach(each)
	case ast.Set:
		v.Foreach(each)
	}
	if total > maxText {
		return errTooLarge
	}
	return nil
}

// widePrecision finds format clauses that ask for a thousand digits or more, or
// take their width from an argument.
var widePrecision = regexp.MustCompile(`%[^a-zA-Z%]*([0-9]{4,}|\*)`)

func sprintfGuard(args []*ast.Term) error {
	if widePrecision.MatchString(textArg(args, 0)) {
		return errTooLarge
	}
	left := int64(maxText)
	for _, a := range args {
		if err := measure(a, &left); err != nil {
			return err
		}
	}
	// A clause without an argument, and one that is used twice, print more than
	// there is: every clause may print everything once.
	if int64(strings.Count(textArg(args, 0), "%"))*(maxText-left) > 64*maxText {
		return errTooLarge
	}
	return nil
}

func templateGuard(args []*ast.Term) error {
	left := int64(maxText)
	for _, a := range args {
		if err := measure(a, &left); err != nil {
			return err
		}
	}
	return nil
}

func patternGuard(args []*ast.Term) error {
	return checkPattern(textArg(args, 0))
}

// checkPattern bounds the program a pattern compiles to.
func checkPattern(pattern string) error {
	if len(pattern) > maxPattern {
		return errPattern
	}
	re, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return nil // OPA says what is wrong with it
	}
	if programSize(re) > maxPattern {
		return errPattern
	}
	return nil
}

func programSize(re *syntax.Regexp) int {
	size := 1 + len(re.Rune)
	for _, sub := range re.Sub {
		size = min(size+programSize(sub), maxPattern+1)
	}
	if re.Op == syntax.OpRepeat {
		size *= max(re.Min, re.Max, 1)
	}
	return min(size, maxPattern+1)
}

// maxRange is how many numbers numbers.range may give.
const maxRange = 10_000

func rangeGuard(args []*ast.Term) error {
	if len(args) < 2 {
		return nil
	}
	from, ok1 := floatArg(args[0])
	to, ok2 := floatArg(args[1])
	step := 1.0
	if len(args) > 3 {
		if s, ok := floatArg(args[2]); ok && s > 0 {
			step = s
		}
	}
	if n := (to - from) / step; ok1 && ok2 && (n > maxRange || n < -maxRange) {
		return errTooLarge
	}
	return nil
}

// lengthOf counts the members of a list or set.
func lengthOf(t *ast.Term) int {
	switch v := t.Value.(type) {
	case *ast.Array:
		return v.Len()
	case ast.Set:
		return v.Len()
	}
	return 0
}

func floatArg(t *ast.Term) (float64, bool) {
	n, ok := t.Value.(ast.Number)
	if !ok {
		return 0, false
	}
	f, ok := n.Float64()
	return f, ok
}

// productGuard bounds the digits of a product before it is made.
func productGuard(args []*ast.Term) error {
	digits := 0
	each := func(t *ast.Term) {
		if n, ok := t.Value.(ast.Number); ok {
			digits += len(n)
		}
	}
	switch v := args[0].Value.(type) {
	case *ast.Array:
		v.Foreach(each)
	case ast.Set:
		v.Foreach(each)
	}
	if digits > maxDigits {
		return errNumber
	}
	return nil
}

// replaced are functions that weir answers itself: orderings in which null is
// neither less nor greater than anything, as in cond, an inequality in which it is
// the empty text, and time in zones of weir's own database.
var replaced = map[string]topdown.BuiltinFunc{
	"neq":           unequal,
	"lt":            ordering(func(c int) bool { return c < 0 }),
	"lte":           ordering(func(c int) bool { return c <= 0 }),
	"gt":            ordering(func(c int) bool { return c > 0 }),
	"gte":           ordering(func(c int) bool { return c >= 0 }),
	"time.date":     clockFunc(func(t time.Time) []int { y, m, d := t.Date(); return []int{y, int(m), d} }),
	"time.clock":    clockFunc(func(t time.Time) []int { h, m, s := t.Clock(); return []int{h, m, s} }),
	"time.weekday":  weekday,
	"time.format":   formatTime,
	"time.diff":     diff,
	"time.parse_ns": parseTime,
}

// unequal is the opposite of what orNull makes of ==.
func unequal(_ topdown.BuiltinContext, args []*ast.Term, iter func(*ast.Term) error) error {
	a, b := args[0], args[1]
	return iter(ast.BooleanTerm(!a.Equal(b) && !(isEmpty(a) && isEmpty(b))))
}

func isEmpty(t *ast.Term) bool {
	_, isNull := t.Value.(ast.Null)
	return isNull || isEmptyText(t)
}

func ordering(holds func(int) bool) topdown.BuiltinFunc {
	return func(_ topdown.BuiltinContext, args []*ast.Term, iter func(*ast.Term) error) error {
		a, b := args[0].Value, args[1].Value
		_, null1 := a.(ast.Null)
		_, null2 := b.(ast.Null)
		return iter(ast.BooleanTerm(!null1 && !null2 && holds(ast.Compare(a, b))))
	}
}

// moment reads what the functions of time take: nanoseconds, or a list of them
// and a zone, and (for time.format) a layout.
func moment(arg *ast.Term) (at time.Time, layout string, err error) {
	ns, zoneName := arg, ""
	if list, ok := arg.Value.(*ast.Array); ok {
		if list.Len() == 0 || list.Len() > 3 {
			return at, "", errors.New("a time is nanoseconds, or a list of nanoseconds and a zone")
		}
		ns = list.Elem(0)
		if list.Len() > 1 {
			s, ok := list.Elem(1).Value.(ast.String)
			if !ok {
				return at, "", errors.New("a zone must be a text")
			}
			zoneName = string(s)
		}
		if list.Len() > 2 {
			s, _ := list.Elem(2).Value.(ast.String)
			layout = string(s)
		}
	}
	n, ok := ns.Value.(ast.Number)
	if !ok {
		return at, "", errors.New("a time must be a number of nanoseconds")
	}
	nanos, err := strconv.ParseInt(string(n), 10, 64)
	if err != nil {
		return at, "", errors.New("a time must be a whole number of nanoseconds")
	}
	at = time.Unix(0, nanos).UTC()
	if zoneName == "" || zoneName == "UTC" {
		return at, layout, nil
	}
	where, err := zone.Load(zoneName)
	if err != nil {
		return at, "", err
	}
	return at.In(where), layout, nil
}

func clockFunc(parts func(time.Time) []int) topdown.BuiltinFunc {
	return func(_ topdown.BuiltinContext, args []*ast.Term, iter func(*ast.Term) error) error {
		at, _, err := moment(args[0])
		if err != nil {
			return err
		}
		var out []*ast.Term
		for _, n := range parts(at) {
			out = append(out, ast.IntNumberTerm(n))
		}
		return iter(ast.ArrayTerm(out...))
	}
}

func weekday(_ topdown.BuiltinContext, args []*ast.Term, iter func(*ast.Term) error) error {
	at, _, err := moment(args[0])
	if err != nil {
		return err
	}
	return iter(ast.StringTerm(at.Weekday().String()))
}

// layouts are the names that time.format knows for Go's own layouts.
var layouts = map[string]string{
	"ANSIC": time.ANSIC, "UnixDate": time.UnixDate, "RubyDate": time.RubyDate, "RFC822": time.RFC822, "RFC822Z": time.RFC822Z,
	"RFC850": time.RFC850, "RFC1123": time.RFC1123, "RFC1123Z": time.RFC1123Z, "RFC3339": time.RFC3339, "RFC3339Nano": time.RFC3339Nano,
}

func layoutOf(name string) string {
	if l, ok := layouts[name]; ok {
		return l
	}
	return name
}

func formatTime(_ topdown.BuiltinContext, args []*ast.Term, iter func(*ast.Term) error) error {
	at, layout, err := moment(args[0])
	if err != nil {
		return err
	}
	if layout == "" {
		layout = time.RFC3339Nano
	}
	return iter(ast.StringTerm(at.Format(layoutOf(layout))))
}

// parseTime reads a time; zone abbreviations mean nothing without a place, and
// the machine's place must not count.
func parseTime(_ topdown.BuiltinContext, args []*ast.Term, iter func(*ast.Term) error) error {
	at, err := time.ParseInLocation(layoutOf(textArg(args, 0)), textArg(args, 1), time.UTC)
	if err != nil {
		return err
	}
	if at.Year() < 1678 || at.Year() > 2261 {
		return errors.New("the time is out of range")
	}
	return iter(ast.NumberTerm(json.Number(strconv.FormatInt(at.UnixNano(), 10))))
}

// diff gives the years, months, days, hours, minutes and seconds between two
// times, as OPA does, on the clock of the first one's zone.
func diff(_ topdown.BuiltinContext, args []*ast.Term, iter func(*ast.Term) error) error {
	a, _, err := moment(args[0])
	if err != nil {
		return err
	}
	b, _, err := moment(args[1])
	if err != nil {
		return err
	}
	if a.After(b) {
		a, b = b, a
	}
	b = b.In(a.Location())
	y1, m1, d1 := a.Date()
	y2, m2, d2 := b.Date()
	h1, n1, s1 := a.Clock()
	h2, n2, s2 := b.Clock()
	years, months, days := y2-y1, int(m2-m1), d2-d1
	hours, minutes, seconds := h2-h1, n2-n1, s2-s1
	borrow := func(low, high *int, base int) {
		if *low < 0 {
			*low += base
			*high--
		}
	}
	borrow(&seconds, &minutes, 60)
	borrow(&minutes, &hours, 60)
	borrow(&hours, &days, 24)
	if days < 0 {
		days += 32 - time.Date(y1, m1, 32, 0, 0, 0, 0, time.UTC).Day()
		months--
	}
	borrow(&months, &years, 12)
	var out []*ast.Term
	for _, n := range []int{years, months, days, hours, minutes, seconds} {
		out = append(out, ast.IntNumberTerm(n))
	}
	return iter(ast.ArrayTerm(out...))
}

// Functions lists what policies may call besides operators, sorted by name.
func Functions() []string {
	var out []string
	for _, b := range capabilities().Builtins {
		if b.Infix == "" && !strings.HasPrefix(b.Name, "internal.") {
			out = append(out, b.Name)
		}
	}
	slices.Sort(out)
	return out
}
