package celexpr

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common"
	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/operators"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
	"github.com/hashicorp/hcl/v2"
	"golang.org/x/text/unicode/norm"

	"weir/policies/cond"
	"weir/state"
	"weir/state/zone"
)

// parse reads the text. Only the first syntax error is told: the others are
// mostly its echoes.
func parse(at *positions) (*cel.Ast, hcl.Diagnostics) {
	parsed, issues := environment().ParseSource(common.NewTextSource(at.src.Text))
	if issues.Err() == nil {
		return parsed, nil
	}
	first := issues.Errors()[0]
	m := at.msg(at.token(at.location(first.Location)))
	if strings.Contains(first.Message, "recursion limit") || strings.Contains(first.Message, "nesting") {
		return nil, hcl.Diagnostics{at.msg(at.all()).tooDeep()}
	}
	return nil, hcl.Diagnostics{m.syntax(first.Message)}
}

// original keeps the tree as it was written, for the texts of opaque conditions,
// their places and why they are.
type original struct {
	nodes map[int64]ast.Expr
	info  *ast.SourceInfo
	at    *positions
}

// bind resolves every name and rewrites the parsed tree in place.
func bind(parsed *cel.Ast, at *positions, env Env) (*original, hcl.Diagnostics) {
	native := parsed.NativeRep()
	fac := ast.NewExprFactory()
	keep := &original{nodes: map[int64]ast.Expr{}, info: ast.CopySourceInfo(native.SourceInfo()), at: at}
	ast.PostOrderVisit(fac.CopyExpr(native.Expr()), ast.NewExprVisitor(func(e ast.Expr) { keep.nodes[e.ID()] = e }))
	kinds := env.Kinds
	if len(kinds) == 0 {
		kinds = allKinds()
	}
	b := &binder{env: env, kinds: kinds, at: at, info: native.SourceInfo(), fac: fac}
	native.Expr().SetKindCase(b.expr(native.Expr()))
	return keep, b.diags
}

func allKinds() []state.Kind {
	all := state.Kinds()
	return all[:]
}

type binder struct {
	env   Env
	kinds []state.Kind
	at    *positions
	info  *ast.SourceInfo
	fac   ast.ExprFactory
	scope []string // variables of enclosing comprehensions
	diags hcl.Diagnostics
}

// reserved names cannot be variables of macros.
var reserved = []string{"item", "user", "now", "today"}

// namespaces are the first parts of dotted function names.
var namespaces = []string{"math", "sets", "strings"}

func (b *binder) report(d *hcl.Diagnostic) { b.diags = append(b.diags, d) }

// m is the place of a node's own token.
func (b *binder) m(e ast.Expr) message {
	r, ok := b.info.GetOffsetRange(e.ID())
	if !ok {
		return b.at.msg(b.at.all())
	}
	return b.at.msgAt(int(r.Start))
}

func (b *binder) expr(e ast.Expr) ast.Expr {
	switch e.Kind() {
	case ast.IdentKind:
		return b.ident(e)
	case ast.SelectKind:
		return b.selection(e)
	case ast.CallKind:
		return b.call(e)
	case ast.ListKind:
		return b.fac.NewList(e.ID(), b.exprs(e.AsList().Elements()), nil)
	case ast.MapKind:
		return b.mapping(e)
	case ast.ComprehensionKind:
		return b.comprehension(e)
	case ast.StructKind:
		b.report(b.m(e).structs())
	case ast.LiteralKind:
		return b.fac.NewLiteral(e.ID(), normal(e.AsLiteral()))
	}
	return e
}

// normal puts texts into Unicode NFC, as recorded values are.
func normal(v ref.Val) ref.Val {
	if s, ok := v.(types.String); ok {
		return types.String(norm.NFC.String(string(s)))
	}
	return v
}

func (b *binder) exprs(list []ast.Expr) []ast.Expr {
	out := make([]ast.Expr, len(list))
	for i, e := range list {
		out[i] = b.expr(e)
	}
	return out
}

func (b *binder) mapping(e ast.Expr) ast.Expr {
	entries := e.AsMap().Entries()
	out := make([]ast.EntryExpr, len(entries))
	for i, entry := range entries {
		m := entry.AsMapEntry()
		out[i] = b.fac.NewMapEntry(entry.ID(), b.expr(m.Key()), b.expr(m.Value()), m.IsOptional())
	}
	return b.fac.NewMap(e.ID(), out)
}

func (b *binder) comprehension(e ast.Expr) ast.Expr {
	c := e.AsComprehension()
	over, start := b.overRange(c.IterRange()), b.expr(c.AccuInit())
	if slices.Contains(reserved, c.IterVar()) {
		b.report(b.variable(e).reservedVariable(c.IterVar()))
	}
	outer := len(b.scope)
	b.scope = append(b.scope, c.IterVar(), c.AccuVar())
	more, step, result := b.expr(c.LoopCondition()), b.expr(c.LoopStep()), b.expr(c.Result())
	b.scope = b.scope[:outer]
	return b.fac.NewComprehension(e.ID(), over, c.IterVar(), c.AccuVar(), start, more, step, result)
}

// overRange lets null, which only functions give, stand for a list without
// members.
func (b *binder) overRange(e ast.Expr) ast.Expr {
	over := b.expr(e)
	if over.Kind() != ast.CallKind {
		return over
	}
	return b.fac.NewCall(b.synthetic(e.ID()), fnRange, over)
}

// variable is the place of a macro's variable.
func (b *binder) variable(e ast.Expr) message {
	if call, ok := b.info.GetMacroCall(e.ID()); ok && len(call.AsCall().Args()) > 0 {
		return b.m(call.AsCall().Args()[0])
	}
	return b.m(e)
}

func (b *binder) local(name string) bool { return slices.Contains(b.scope, name) }

func (b *binder) ident(e ast.Expr) ast.Expr {
	name := e.AsIdent()
	switch {
	case b.local(name):
	case !slices.Contains(reserved, name):
		b.report(b.m(e).unknownName(name, b.likely(name), b.env.UserOnly))
	case b.env.UserOnly && name != "user":
		b.report(b.m(e).userOnly(name))
	case name == "item" || name == "user":
		b.report(b.m(e).wholeObject(name))
	}
	return e
}

// likely is what a name that means nothing may stand for: an attribute without
// its item or user, or a misspelt variable.
func (b *binder) likely(name string) string {
	known := append(slices.Clone(b.scope), reserved...)
	items := attributeNames(b.kinds)
	if b.env.UserOnly {
		known, items = append(slices.Clone(b.scope), "user"), nil
	}
	known = slices.DeleteFunc(known, func(s string) bool { return strings.HasPrefix(s, "@") })
	users := userAttributeNames()
	switch attr := nearest(name, items); {
	case slices.Contains(items, name):
		return "item." + name
	case slices.Contains(users, name):
		return "user." + name
	case nearest(name, known) != "" && attr == "":
		return nearest(name, known)
	case attr != "":
		return "item." + attr
	}
	if attr := nearest(name, users); attr != "" {
		return "user." + attr
	}
	return ""
}

// root is "item" or "user" for that variable itself.
func (b *binder) root(e ast.Expr) (string, bool) {
	if e.Kind() != ast.IdentKind {
		return "", false
	}
	name := e.AsIdent()
	return name, (name == "item" || name == "user") && !b.local(name)
}

// customOf is the root of item.custom or user.custom.
func (b *binder) customOf(e ast.Expr) (operand ast.Expr, root string, ok bool) {
	if e.Kind() != ast.SelectKind || e.AsSelect().FieldName() != "custom" {
		return nil, "", false
	}
	operand = e.AsSelect().Operand()
	root, ok = b.root(operand)
	return operand, root, ok
}

func (b *binder) selection(e ast.Expr) ast.Expr {
	sel := e.AsSelect()
	out := b.selected(e, sel)
	if sel.IsTestOnly() {
		return b.fac.NewCall(e.ID(), fnPresent, raw(b.fac, out))
	}
	return out
}

// raw makes the selection of an attribute one that shows null as null also where
// a program otherwise sees false or an empty list.
func raw(fac ast.ExprFactory, e ast.Expr) ast.Expr {
	if e.Kind() != ast.SelectKind || e.AsSelect().Operand().Kind() != ast.IdentKind {
		return e
	}
	sel := e.AsSelect()
	if selection(sel.Operand().AsIdent(), sel.FieldName()) == nil {
		return e
	}
	return fac.NewSelect(e.ID(), sel.Operand(), rawPrefix+sel.FieldName())
}

// rawBools does so for the truths among the operands of a comparison.
func (b *binder) rawBools(op string, args []ast.Expr) []ast.Expr {
	if op != operators.Equals && op != operators.NotEquals && op != operators.In {
		return args
	}
	for i, a := range args {
		if a.Kind() != ast.SelectKind || a.AsSelect().Operand().Kind() != ast.IdentKind {
			continue
		}
		t := selection(a.AsSelect().Operand().AsIdent(), a.AsSelect().FieldName())
		if t != nil && t.Type() == state.Bool {
			args[i] = raw(b.fac, a)
		}
	}
	return args
}

func (b *binder) selected(e ast.Expr, sel ast.SelectExpr) ast.Expr {
	if operand, root, ok := b.customOf(sel.Operand()); ok {
		return b.custom(b.selectID(e), operand, root, sel.FieldName(), b.m(e))
	}
	root, ok := b.root(sel.Operand())
	if !ok {
		return b.fac.NewSelect(b.selectID(e), b.expr(sel.Operand()), sel.FieldName())
	}
	switch m := b.field(e); {
	case root == "item" && b.env.UserOnly:
		b.report(b.m(sel.Operand()).userOnly(root))
	case sel.FieldName() == "custom":
		b.report(m.badCustomUse(root))
	case root == "user":
		b.userAttribute(m, sel.FieldName())
	default:
		b.attribute(m, sel.FieldName())
	}
	return b.fac.NewSelect(b.selectID(e), sel.Operand(), sel.FieldName())
}

// selectID is the id of a selection; a presence test is wrapped in a call, which
// takes the node's own.
func (b *binder) selectID(e ast.Expr) int64 {
	if e.AsSelect().IsTestOnly() {
		return b.synthetic(e.ID())
	}
	return e.ID()
}

// synthetic makes the id of a node put beside another, in whose place it stands;
// the parser counts upwards and never gives it.
func (b *binder) synthetic(id int64) int64 {
	if r, ok := b.info.GetOffsetRange(id); ok {
		b.info.SetOffsetRange(-id, r)
	}
	return -id
}

// field is the place of a selection's field: has() stands at its bracket, so
// there it is the field after the operand.
func (b *binder) field(e ast.Expr) message {
	if !e.AsSelect().IsTestOnly() {
		return b.m(e)
	}
	r, ok := b.info.GetOffsetRange(e.AsSelect().Operand().ID())
	if !ok {
		return b.m(e)
	}
	return b.at.msgAt(b.at.forward(b.at.wordEnd(int(r.Start))))
}

func (b *binder) userAttribute(m message, name string) {
	if _, ok := state.ParseUserAttr(name); !ok {
		b.report(m.noUserAttribute(name, nearest(name, userAttributeNames())))
	}
}

func (b *binder) attribute(m message, name string) {
	a, ok := state.ParseAttr(name)
	if !ok || a.Describe().Internal {
		b.report(m.noAttribute(b.kinds, name, nearest(name, attributeNames(b.kinds))))
		return
	}
	b.applicable(m, name, a.Describe().Has)
}

// applicable reports a name that some kind of the predicate lacks.
func (b *binder) applicable(m message, name string, has func(state.Kind) bool) {
	var having, lacking []state.Kind
	for _, k := range b.kinds {
		if has(k) {
			having = append(having, k)
		} else {
			lacking = append(lacking, k)
		}
	}
	switch {
	case len(lacking) == 0:
	case len(having) > 0:
		b.report(m.notApplicable(name, lacking, having))
	default:
		owners := slices.DeleteFunc(allKinds(), func(k state.Kind) bool { return !has(k) })
		b.report(m.notApplicableAtAll(name, lacking, owners))
	}
}

// custom makes the selection of a custom field, its type in its name.
func (b *binder) custom(id int64, operand ast.Expr, root, name string, m message) ast.Expr {
	if root == "item" && b.env.UserOnly {
		b.report(b.m(operand).userOnly(root))
	}
	t := state.Text
	switch {
	case b.env.Custom == nil:
	case root == "user":
		t = b.userCustom(m, name)
	default:
		t = b.itemCustom(m, name)
	}
	return b.fac.NewSelect(id, operand, customField(t, name))
}

func (b *binder) userCustom(m message, name string) state.Type {
	fields := b.env.Custom.User
	t, ok := fields[name]
	if !ok && fields != nil {
		b.report(m.noCustomField("user", name, nearest(name, slices.Sorted(maps.Keys(fields)))))
	}
	return orText(t)
}

func orText(t state.Type) state.Type {
	if t == state.TypeInvalid {
		return state.Text
	}
	return t
}

func (b *binder) itemCustom(m message, name string) state.Type {
	found := state.TypeInvalid
	known := map[string]bool{}
	captured := false
	for _, k := range b.kinds {
		fields, ok := b.env.Custom.Item[k]
		captured = captured || ok
		for field := range fields {
			known[field] = true
		}
		switch t := fields[name]; {
		case t == state.TypeInvalid:
		case found == state.TypeInvalid:
			found = t
		case found != t:
			b.report(m.customTypesDiffer(name))
			return found
		}
	}
	switch {
	case found == state.TypeInvalid && captured && !b.anyUncaptured():
		b.report(m.noCustomField(list(kindNames(b.kinds), " or "), name, nearest(name, slices.Sorted(maps.Keys(known)))))
	case found != state.TypeInvalid:
		b.applicable(m, name, func(k state.Kind) bool {
			fields, ok := b.env.Custom.Item[k]
			_, has := fields[name]
			return has || !ok
		})
	}
	return orText(found)
}

func (b *binder) anyUncaptured() bool {
	return slices.ContainsFunc(b.kinds, func(k state.Kind) bool {
		_, ok := b.env.Custom.Item[k]
		return !ok
	})
}

func kindNames(kinds []state.Kind) []string {
	out := make([]string, len(kinds))
	for i, k := range kinds {
		out[i] = k.String()
	}
	return out
}

func (b *binder) call(e ast.Expr) ast.Expr {
	c := e.AsCall()
	name, args := c.FunctionName(), c.Args()
	switch {
	case name == operators.Index:
		return b.index(e, args)
	case name == operators.In:
		if _, root, ok := b.customOf(args[1]); ok {
			b.report(b.field(args[1]).badCustomUse(root))
			return e
		}
	case name == operators.Equals || name == operators.NotEquals:
		if out, ok := b.nullTest(e, name, args); ok {
			return out
		}
	case strings.HasPrefix(name, "_") && !isOperator(name):
		b.report(b.m(e).unknownFunction(name, ""))
		return e
	}
	if name == operators.In || name == operators.Equals || name == operators.NotEquals {
		b.values(args[0], args[1])
		b.values(args[1], args[0])
	}
	bound := b.rawBools(name, b.numbers(name, b.exprs(args)))
	if !c.IsMemberFunction() {
		b.literals(e, name, nil, bound)
		return b.fac.NewCall(e.ID(), name, bound...)
	}
	target := c.Target()
	if t := target; t.Kind() != ast.IdentKind || b.local(t.AsIdent()) || !slices.Contains(namespaces, t.AsIdent()) {
		target = b.expr(t)
	}
	b.literals(e, name, target, bound)
	return b.fac.NewMemberCall(e.ID(), name, target, bound...)
}

func isOperator(name string) bool {
	_, ok := operatorSymbols[name]
	return ok
}

func (b *binder) index(e ast.Expr, args []ast.Expr) ast.Expr {
	operand, root, ok := b.customOf(args[0])
	if root, isRoot := b.root(args[0]); isRoot {
		if name, ok := textLiteral(args[1]); ok {
			b.report(b.m(args[1]).indexed(root, name))
			return e
		}
	}
	if !ok {
		return b.fac.NewCall(e.ID(), fnIndex, b.exprs(args)...)
	}
	name, ok := textLiteral(args[1])
	if !ok {
		b.report(b.m(args[1]).badCustomUse(root))
		return e
	}
	return b.custom(e.ID(), operand, root, name, b.m(args[1]))
}

// nullTest recognises comparisons with null and with the empty text.
func (b *binder) nullTest(e ast.Expr, op string, args []ast.Expr) (ast.Expr, bool) {
	empty, blank := fnEmpty, fnBlank
	if op == operators.NotEquals {
		empty, blank = fnPresent, fnFilled
	}
	for i, a := range args {
		if a.Kind() != ast.LiteralKind {
			continue
		}
		switch v := a.AsLiteral(); {
		case v == ref.Val(types.NullValue):
			return b.fac.NewCall(e.ID(), empty, raw(b.fac, b.expr(args[1-i]))), true
		case v == ref.Val(types.String("")):
			return b.fac.NewCall(e.ID(), blank, b.expr(args[1-i])), true
		}
	}
	return nil, false
}

// closed are the attributes whose values are known beforehand.
var closed = map[string][]string{
	"item.kind":     kindNames(allKinds()),
	"item.born":     {state.Salesforce.String(), state.Mailbox.String()},
	"user.provider": {"office365", "exchange", "gmail"},
	".response":     {"none", "accepted", "tentative", "declined", "organizer"},
}

// values checks literals that are compared with an attribute of closed.
func (b *binder) values(attribute, with ast.Expr) {
	if attribute.Kind() != ast.SelectKind {
		return
	}
	sel := attribute.AsSelect()
	root, ok := b.root(sel.Operand())
	if !ok {
		root = ""
	}
	name := root + "." + sel.FieldName()
	known := closed[name]
	if known == nil {
		return
	}
	literals := []ast.Expr{with}
	if with.Kind() == ast.ListKind {
		literals = with.AsList().Elements()
	}
	for _, e := range literals {
		switch lit, ok := textLiteral(e); {
		case !ok || lit == "" || slices.Contains(known, lit):
		case name == "item.kind" && strings.HasPrefix(strings.ToLower(strings.ReplaceAll(lit, "-", "")), "email"):
			b.report(b.m(e).emailKind())
		default:
			b.report(b.m(e).notAmong(strings.TrimPrefix(name, "."), lit, nearest(lit, known), known))
		}
	}
}

// numbers lets whole numbers stand beside custom fields that hold numbers.
func (b *binder) numbers(op string, args []ast.Expr) []ast.Expr {
	if _, ok := comparisons[op]; !ok && op != operators.NotEquals || len(args) != 2 {
		return args
	}
	for i, a := range args {
		o := args[1-i]
		if a.Kind() != ast.SelectKind || o.Kind() != ast.LiteralKind {
			continue
		}
		if t, _, ok := splitCustomField(a.AsSelect().FieldName()); ok && t == state.Number {
			if n, ok := o.AsLiteral().(types.Int); ok {
				args[1-i] = b.fac.NewLiteral(o.ID(), types.Double(n))
			}
		}
	}
	return args
}

// zoned are the functions of timestamps that take a zone.
var zoned = []string{"getDate", "getDayOfMonth", "getDayOfWeek", "getDayOfYear", "getFullYear",
	"getHours", "getMilliseconds", "getMinutes", "getMonth", "getSeconds"}

// literals checks arguments that can be judged now.
func (b *binder) literals(e ast.Expr, name string, target ast.Expr, args []ast.Expr) {
	if name == "matches" {
		b.pattern(args)
		return
	}
	if len(args) != 1 {
		return
	}
	arg := args[0]
	if target != nil {
		if lit, ok := textLiteral(arg); ok && slices.Contains(zoned, name) {
			if _, err := location(lit); err != nil {
				b.report(b.m(arg).badZone(err.Error()))
			}
		}
		return
	}
	switch lit, ok := textLiteral(arg); {
	case ok && name == "date":
		if _, err := state.ParseDate(lit); err != nil {
			b.report(b.m(arg).badDate(lit))
		}
	case ok && name == "timestamp":
		if _, ok := parseTimestamp(lit); !ok {
			b.report(b.m(arg).badTimestamp(lit))
		}
	case ok && name == "duration":
		if _, err := time.ParseDuration(lit); err != nil {
			b.report(b.m(arg).badDuration(lit))
		}
	case name == "days" && arg.Kind() == ast.LiteralKind:
		if n, ok := arg.AsLiteral().(types.Int); ok && (n > maxDays || n < -maxDays) {
			b.report(b.m(arg).badDays())
		}
	}
}

// pattern insists on a literal that compiles: the last argument of matches.
func (b *binder) pattern(args []ast.Expr) {
	if len(args) == 0 {
		return
	}
	arg := args[len(args)-1]
	lit, ok := textLiteral(arg)
	if !ok {
		b.report(b.m(arg).notLiteral("matches()", `item.title.matches('^RE:')`))
		return
	}
	size, err := cond.PatternSize(lit)
	switch {
	case err != nil:
		b.report(b.m(arg).badPattern(strings.TrimPrefix(err.Error(), "error parsing regexp: ")))
		return
	case size > MaxPattern:
		b.report(b.m(arg).largePattern(size))
		return
	}
	if !spend(&b.env.Budget.patterns, size, MaxAllPatterns) {
		b.report(b.m(arg).manyPatterns())
	}
}

// parseTimestamp reads an instant that nanoseconds since 1970 can hold.
func parseTimestamp(text string) (time.Time, bool) {
	t, err := time.Parse(time.RFC3339, text)
	return t, err == nil && t.Year() >= 1700 && t.Year() <= 2200
}

var offset = regexp.MustCompile(`^([+-]?)([01]\d|2[0-3]):([0-5]\d)$`)

// location is the zone a predicate names: IANA, or an offset from UTC. Zones come
// from weir's own database, never from the system.
func location(name string) (*time.Location, error) {
	g := offset.FindStringSubmatch(name)
	if g == nil {
		return zone.Load(name)
	}
	t, err := time.Parse("15:04", g[2]+":"+g[3])
	if err != nil {
		return nil, err
	}
	seconds := t.Hour()*3600 + t.Minute()*60
	if g[1] == "-" {
		seconds = -seconds
	}
	return time.FixedZone(name, seconds), nil
}

func textLiteral(e ast.Expr) (string, bool) {
	if e.Kind() != ast.LiteralKind {
		return "", false
	}
	s, ok := e.AsLiteral().(types.String)
	return string(s), ok
}
