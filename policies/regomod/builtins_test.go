package regomod

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/open-policy-agent/opa/v1/topdown"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// sampleCalls has a query for every allowed function, which must have a result that
// depends on it.
var sampleCalls = map[string]string{
	"eq": `x = 1; y = x`, "equal": `x := 1 == 1`, "neq": `x := 1 != 2`, "lt": `x := "a" < "b"`, "lte": `x := 1 <= 2`, "gt": `x := null > 1`, "gte": `x := 2 >= 1`,
	"assign": `x := 1`, "plus": `x := 1 + 2`, "minus": `x := {1, 2} - {2}`, "mul": `x := 2 * 3`, "div": `x := 1 / 3`, "rem": `x := 7 % 3`,
	"and": `x := {1, 2} & {2, 3}`, "or": `x := {1} | {2}`, "internal.member_2": `x := 1 in [1, 2]`, "internal.member_3": `x := ("a", 1 in {"a": 1})`,
	"internal.template_string": `y := 3; x := $"a {y} b"`,
	"abs":                      `x := abs(-1.5)`, "ceil": `x := ceil(1.2)`, "floor": `x := floor(-1.2)`, "round": `x := round(2.5)`, "numbers.range": `x := numbers.range(3, 1)`,
	"numbers.range_step": `x := numbers.range_step(0, 10, 3)`, "format_int": `x := format_int(255, 16)`, "to_number": `x := to_number("1.5")`,
	"count": `x := count({1, 2})`, "sum": `x := sum([1, 2.5])`, "product": `x := product([2, 3])`, "max": `x := max(["a", "b"])`, "min": `x := min({3, 1})`,
	"sort": `x := sort({"b", "a", 1})`, "union": `x := union({{1}, {2}})`, "intersection": `x := intersection({{1, 2}, {2}})`,
	"array.concat": `x := array.concat([1], [2])`, "array.flatten": `x := array.flatten([1, [2, [3]]])`, "array.reverse": `x := array.reverse([1, 2])`,
	"array.slice": `x := array.slice([1, 2, 3], 1, 2)`, "object.filter": `x := object.filter({"a": 1, "b": 2}, ["a"])`, "object.get": `x := object.get({"a": 1}, "b", 3)`,
	"object.keys": `x := object.keys({"b": 1, "a": 2})`, "object.remove": `x := object.remove({"a": 1, "b": 2}, {"a"})`, "object.subset": `x := object.subset({"a": 1, "b": 2}, {"a": 1})`,
	"object.union": `x := object.union({"a": 1}, {"b": {"c": 2}})`, "object.union_n": `x := object.union_n([{"a": 1}, {"a": 2}])`, "walk": `x := [p | walk({"a": [1, {"b": 2}]}, [p, _])]`,
	"concat": `x := concat("-", {"b", "a"})`, "contains": `x := contains("abc", "b")`, "endswith": `x := endswith("abc", "c")`, "indexof": `x := indexof("äbc", "c")`,
	"indexof_n": `x := indexof_n("abab", "b")`, "lower": `x := lower("ÄİI")`, "upper": `x := upper("äßi")`, "replace": `x := replace("abab", "a", "c")`,
	"split": `x := split("a-b", "-")`, "sprintf": `x := sprintf("%v %d %s %5.2f", [{"b", "a"}, 3, "x", 1.5])`, "startswith": `x := startswith("abc", "a")`,
	"strings.any_prefix_match": `x := strings.any_prefix_match({"ab", "cd"}, ["c"])`, "strings.any_suffix_match": `x := strings.any_suffix_match("ab", ["b"])`,
	"strings.count": `x := strings.count("aba", "a")`, "strings.reverse": `x := strings.reverse("äbc")`, "substring": `x := substring("äbc", 1, -1)`,
	"trim": `x := trim("xax", "x")`, "trim_left": `x := trim_left("xax", "x")`, "trim_prefix": `x := trim_prefix("xax", "x")`, "trim_right": `x := trim_right("xax", "x")`,
	"trim_space": `x := trim_space("\u00a0a ")`, "trim_suffix": `x := trim_suffix("xax", "x")`,
	"regex.is_valid": `x := regex.is_valid("(")`, "regex.match": `x := regex.match("^\\pL+$", "äb")`, "regex.find_n": `x := regex.find_n("[ab]", "abc", -1)`,
	"regex.find_all_string_submatch_n": `x := regex.find_all_string_submatch_n("(a)(b?)", "aba", -1)`, "regex.split": `x := regex.split("[-.]", "a-b.c")`,
	"base64.decode": `x := base64.decode("YQ==")`, "base64.encode": `x := base64.encode("a")`, "base64.is_valid": `x := base64.is_valid("?")`,
	"hex.decode": `x := hex.decode("61")`, "hex.encode": `x := hex.encode("a")`, "crypto.sha256": `x := crypto.sha256("a")`,
	"json.is_valid": `x := json.is_valid("{")`, "json.marshal": `x := json.marshal({"b": {2, 1}, "a": null})`, "json.unmarshal": `x := json.unmarshal("{\"b\": [1e3], \"a\": null}")`,
	"semver.compare": `x := semver.compare("1.10.0", "1.9.0-rc.1")`, "semver.is_valid": `x := semver.is_valid("1.2")`,
	"is_array": `x := is_array([])`, "is_boolean": `x := is_boolean(true)`, "is_null": `x := is_null(null)`, "is_number": `x := is_number(1)`, "is_object": `x := is_object({})`,
	"is_set": `x := is_set({1})`, "is_string": `x := is_string("")`, "type_name": `x := type_name({1})`,
	"time.add_date": `x := time.add_date(1777881600000000000, 0, 1, 1)`, "time.clock": `x := time.clock([1777881600000000000, "Europe/Berlin"])`,
	"time.date": `x := time.date([1777881600000000000, "Pacific/Auckland"])`, "time.diff": `x := time.diff([1777881600000000000, "America/New_York"], 1700000000000000000)`,
	"time.format": `x := time.format([1777881600000000000, "Asia/Kolkata", "RFC1123"])`, "time.parse_duration_ns": `x := time.parse_duration_ns("1h30m")`,
	"time.parse_ns": `x := time.parse_ns("2006-01-02 15:04 MST", "2026-05-04 08:00 CET")`, "time.parse_rfc3339_ns": `x := time.parse_rfc3339_ns("2026-05-04T08:00:00+02:00")`,
	"time.weekday": `x := time.weekday(1777881600000000000)`,
}

// worldVariable asks a child process to make all the calls. Its value says under
// which conditions.
const worldVariable = "WEIR_CALLS_WORLD"

// TestSampleCallsChild is what a child process does: it makes every call, without
// a file descriptor to spare if asked so.
func TestSampleCallsChild(t *testing.T) {
	world := os.Getenv(worldVariable)
	if world == "" {
		t.Skip("only in a child process of TestFunctionsReachNothing")
	}
	install()
	if strings.Contains(world, "closed") {
		closeWorld(t)
	}
	answers := map[string]string{}
	for name, query := range sampleCalls {
		answers[name] = called(t, query)
	}
	out, err := json.Marshal(answers)
	require.NoError(t, err)
	fmt.Printf("\nanswers %s\n", out)
}

// called is every result of a query, as text.
func called(t *testing.T, query string) string {
	var results rego.ResultSet
	err := within(context.Background(), toDecide, func(ctx context.Context, b *budget) error {
		prepared, err := rego.New(rego.Query(query), rego.Capabilities(capabilities())).PrepareForEval(ctx)
		if err != nil {
			return err
		}
		results, err = prepared.Eval(ctx, rego.EvalExternalCancel(b))
		return err
	})
	require.NoError(t, err, query)
	require.Len(t, results, 1, query)
	text, err := json.Marshal(results[0].Bindings["x"])
	require.NoError(t, err)
	return string(text)
}

// TestFunctionsReachNothing makes a call of every allowed function in processes
// that differ in environment, time zone, locale, working directory and clock,
// and in one that can open neither file nor connection: all must answer alike. A
// function that is added to a family needs a call here.
func TestFunctionsReachNothing(t *testing.T) {
	require.ElementsMatch(t, allowed, sortedKeys(sampleCalls), "every allowed function needs a call, and only these")
	for name, query := range sampleCalls {
		assert.Contains(t, operatorsIn(t, query), name, query)
	}
	for _, f := range families {
		assert.NotEmpty(t, f.why)
		assert.NotEmpty(t, f.names)
	}
	self, err := os.Executable()
	require.NoError(t, err)
	var first map[string]string
	for _, world := range [][]string{
		{worldVariable + "=plain", "TZ=UTC", "LANG=C", "HOME=/", "PATH=/bin"},
		{worldVariable + "=other", "TZ=Pacific/Apia", "LANG=tr_TR.UTF-8", "LC_ALL=tr_TR.UTF-8", "HOME=" + t.TempDir(), "ZONEINFO=" + t.TempDir(), "GODEBUG=randautoseed=0", "HTTP_PROXY=http://127.0.0.1:1"},
		{worldVariable + "=closed", "TZ=Asia/Tehran", "ZONEINFO=/nowhere"},
	} {
		cmd := exec.Command(self, "-test.run=^TestSampleCallsChild$")
		cmd.Env, cmd.Dir = world, t.TempDir()
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, "%s", out)
		_, text, found := strings.Cut(string(out), "\nanswers ")
		require.True(t, found, "%s", out)
		var answers map[string]string
		require.NoError(t, json.NewDecoder(strings.NewReader(text)).Decode(&answers))
		require.Len(t, answers, len(sampleCalls))
		if first == nil {
			first = answers
		}
		assert.Equal(t, first, answers, "%v", world)
	}
	for name, a := range first {
		assert.NotEqual(t, "null", a, name, "the call must answer")
	}
}

// TestEveryFunctionIsCharged: a function that OPA calls without its context would
// find no budget, and could be called for ever.
func TestEveryFunctionIsCharged(t *testing.T) {
	install()
	for name, query := range sampleCalls {
		if name == "eq" || name == "assign" {
			continue // the evaluator's own
		}
		var spent int64
		err := within(context.Background(), toDecide, func(ctx context.Context, b *budget) error {
			prepared, err := rego.New(rego.Query(query), rego.Capabilities(capabilities())).PrepareForEval(ctx)
			if err != nil {
				return err
			}
			_, err = prepared.Eval(ctx, rego.EvalExternalCancel(b))
			spent = toDecide.units - b.units
			return err
		})
		require.NoError(t, err)
		assert.Positive(t, spent, name)
	}
}

// operatorsIn lists the functions that a query calls, as it is written and as it
// is compiled.
func operatorsIn(t *testing.T, query string) []string {
	parsed, err := ast.ParseBodyWithOpts(query, ast.ParserOptions{RegoVersion: ast.RegoV1, Capabilities: capabilities()})
	require.NoError(t, err, query)
	compiled, err := ast.NewCompiler().WithCapabilities(capabilities()).QueryCompiler().Compile(parsed.Copy())
	require.NoError(t, err, query)
	var out []string
	for _, body := range []ast.Body{parsed, compiled} {
		ast.WalkExprs(body, func(e *ast.Expr) bool {
			if terms, ok := e.Terms.([]*ast.Term); ok {
				out = append(out, terms[0].String())
			}
			return false
		})
		ast.WalkTerms(body, func(x *ast.Term) bool {
			if call, ok := x.Value.(ast.Call); ok {
				out = append(out, call[0].String())
			}
			return false
		})
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// TestFunctionsAreClosed calls every allowed function with many arguments in a
// context without clock, seed, environment, network or printer: none fails for
// want of them, and none answers differently the second time.
func TestFunctionsAreClosed(t *testing.T) {
	install()
	values := []*ast.Term{ast.NullTerm(), ast.BooleanTerm(true), ast.IntNumberTerm(3), ast.StringTerm("a,b"), ast.StringTerm("1h"),
		ast.StringTerm(`{"a": 1}`), ast.StringTerm("2026-05-04T08:00:00Z"), ast.ArrayTerm(ast.StringTerm("a"), ast.IntNumberTerm(2)),
		ast.ArrayTerm(ast.IntNumberTerm(1_000_000_000), ast.StringTerm("Europe/Berlin")), ast.SetTerm(ast.StringTerm("a")),
		ast.ObjectTerm([2]*ast.Term{ast.StringTerm("a"), ast.IntNumberTerm(1)})}
	for _, b := range capabilities().Builtins {
		f := topdown.GetBuiltin(b.Name)
		if f == nil {
			assert.Contains(t, []string{"eq", "assign", "internal.print"}, b.Name, "an operator of the evaluator itself")
			continue
		}
		for i := range 200 {
			args := make([]*ast.Term, len(b.Decl.NamedFuncArgs().Args))
			for k := range args {
				args[k] = values[(i+i/len(values)*(k+1)*7+k*3)%len(values)]
			}
			first, second := answer(f, args), answer(f, args)
			assert.Equal(t, first, second, "%s%v", b.Name, args)
		}
	}
}

// answer is everything a function gives, as text.
func answer(f topdown.BuiltinFunc, args []*ast.Term) (out string) {
	err := f(topdown.BuiltinContext{Context: context.Background(), Cancel: topdown.NewCancel(), Location: ast.NewLocation(nil, "", 1, 1)}, args, func(t *ast.Term) error {
		out += t.String() + ";"
		return nil
	})
	if err != nil {
		out += "error " + err.Error()
	}
	return out
}
