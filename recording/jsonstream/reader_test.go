package jsonstream_test

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf16"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"weir/recording/jsonstream"
	"weir/recording/textpos"
)

// log is a visitor that notes what it is told.
type log struct{ lines []string }

func (l *log) Member(path string) jsonstream.Action {
	switch path {
	case "", "result":
		return jsonstream.Enter
	case "records":
		return jsonstream.Rows
	case "skipped":
		return jsonstream.Skip
	}
	return jsonstream.Take
}

func (l *log) Value(path string, v *jsonstream.Value) { l.add("value", path, v) }
func (l *log) Row(path string, v *jsonstream.Value)   { l.add("row", path, v) }
func (l *log) Problem(err *textpos.Error) {
	l.lines = append(l.lines, fmt.Sprintf("problem %d:%d %s", err.Pos.Line, err.Pos.Column, err.Summary))
}

func (l *log) add(what, path string, v *jsonstream.Value) {
	l.lines = append(l.lines, fmt.Sprintf("%s %s %s", what, cmp.Or(path, "-"), show(v)))
}

func show(v *jsonstream.Value) string {
	at := fmt.Sprintf("@%d:%d", v.Pos.Line, v.Pos.Column)
	switch v.Kind {
	case jsonstream.Object:
		var parts []string
		for i := range v.Fields {
			parts = append(parts, v.Fields[i].Name+"="+show(&v.Fields[i].Value))
		}
		return "{" + strings.Join(parts, " ") + "}" + at
	case jsonstream.Array:
		var parts []string
		for i := range v.Items {
			parts = append(parts, show(&v.Items[i]))
		}
		return "[" + strings.Join(parts, " ") + "]" + at
	case jsonstream.Bool:
		return fmt.Sprint(v.Bool) + at
	case jsonstream.Null:
		return "null" + at
	}
	return v.Str + at
}

func TestWalk(t *testing.T) {
	deep := strings.Repeat("[", 100) + strings.Repeat("]", 100)
	cases := []struct {
		name, in string
		want     []string
		err      string // "line:column summary"
	}{
		{"rows and facts", `{"done":true,"records":[{"a":"x"},
  {"a":null,"b":[1,-2.5e3]}],"skipped":[[{"deep":[]}]],"n":7}`,
			[]string{`value done true@1:9`, `row records {a=x@1:30}@1:25`, `row records {a=null@2:8 b=[1@2:18 -2.5e3@2:20]@2:17}@2:3`, `value n 7@2:60`}, ""},
		{"entered members", `{"result":{"records":[1]}}`, []string{`value result.records [1@1:23]@1:22`}, ""},
		{"top-level array", `[{"a":"1"}, 2]`, []string{`row - {a=1@1:7}@1:2`, `row - 2@1:13`}, ""},
		{"columns count characters", "{\"é\":\"ü😀\",\"b\":\"\\u00e9\\n\"}", []string{"value é ü😀@1:6", "value b é\n@1:15"}, ""},
		{"last duplicate counts", `{"records":[{"a":1,"a":2}]}`, []string{`row records {a=1@1:18 a=2@1:24}@1:13`}, ""},
		{"rows that are no array", `{"records":{"a":1}}`, []string{`value records {a=1@1:17}@1:12`}, ""},
		{"byte order mark", "\uFEFF{\"a\":1}", []string{"value a 1@1:6"}, ""},
		{"UTF-16 as PowerShell writes it", littleEndian("{\"a\":\"é\",\"b\":1}"), []string{"value a é@1:6", "value b 1@1:14"}, ""},
		{"invalid UTF-8 is replaced", "{\"a\":\"x\xff\"}", []string{"value a x\uFFFD@1:6"}, ""},
		{"a row too deep is left out", `{"records":[{"a":` + deep + `},{"b":1}]}`, []string{"problem 1:81 Nesting too deep", `row records {b=1@1:225}@1:220`}, ""},
		{"rows before an error stand", `{"records":[{"a":1},{"a":tru}]}`, []string{`row records {a=1@1:18}@1:13`}, "1:29 Invalid JSON"},
		{"cut short", `{"records":[{"a":1},{"a"`, []string{`row records {a=1@1:18}@1:13`}, "1:25 Invalid JSON"},
		{"comma missing", "{\"a\":1\n \"b\":2}", []string{"value a 1@1:6"}, "2:2 Invalid JSON"},
		{"empty", " \n", nil, "1:1 Empty file"},
		{"two documents", "{\"a\":1}\n{\"a\":2}", []string{"value a 1@1:6"}, "2:1 More than one document"},
		{"bracket bomb", strings.Repeat("[", 1<<20), []string{"problem 1:66 Nesting too deep"}, "1:1001 Nesting too deep"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			for how, r := range map[string]io.Reader{"whole": strings.NewReader(c.in), "byte by byte": iotest.OneByteReader(strings.NewReader(c.in))} {
				v := &log{}
				err := jsonstream.Walk(r, jsonstream.Limits{}, v)
				assert.Equal(t, c.want, v.lines, how)
				if c.err == "" {
					assert.Nil(t, err, how)
				} else if assert.NotNil(t, err, how) {
					assert.Equal(t, c.err, fmt.Sprintf("%d:%d %s", err.Pos.Line, err.Pos.Column, err.Summary), how)
				}
			}
		})
	}
}

func littleEndian(s string) string {
	out := []byte{0xFF, 0xFE}
	for _, u := range utf16.Encode([]rune(s)) {
		out = append(out, byte(u), byte(u>>8))
	}
	return string(out)
}

// A value or row without end stops at its limit instead of filling memory.
func TestLimits(t *testing.T) {
	limits := jsonstream.Limits{Value: 1 << 10, Row: 4 << 10}
	endless := io.MultiReader(strings.NewReader(`{"records":[{"a":1},{"a":"`), &repeat{'x', 1 << 30})
	v := &log{}
	err := jsonstream.Walk(endless, limits, v)
	require.NotNil(t, err)
	assert.Equal(t, "Value too large", err.Summary)
	assert.Equal(t, []string{`row records {a=1@1:18}@1:13`}, v.lines, "the row before it stands")

	v = &log{}
	wide := `{"records":[{"a":[` + strings.Repeat(`"xxxxxxxx",`, 1000) + `1]},{"a":2}]}`
	require.Nil(t, jsonstream.Walk(strings.NewReader(wide), limits, v))
	require.Len(t, v.lines, 2)
	assert.Contains(t, v.lines[0], "Row too large")
	assert.Contains(t, v.lines[1], "row records {a=2", "the row after it is read")
}

type repeat struct {
	c    byte
	left int
}

func (r *repeat) Read(p []byte) (int, error) {
	if r.left == 0 {
		return 0, io.EOF
	}
	n := min(len(p), r.left)
	for i := range p[:n] {
		p[i] = r.c
	}
	r.left -= n
	return n, nil
}

func TestReadFailure(t *testing.T) {
	failure := errors.New("disk on fire")
	r := io.MultiReader(strings.NewReader(`{"a":1,`), iotest.ErrReader(failure))
	err := jsonstream.Walk(r, jsonstream.Limits{}, &log{})
	require.NotNil(t, err)
	assert.ErrorIs(t, err, failure)
	assert.Equal(t, "File not readable", err.Summary)
}

// Rows are read in room that is used again: reading more of them allocates no more
// than their texts.
func TestAllocations(t *testing.T) {
	doc := func(n int) string {
		return `{"records":[` + strings.TrimSuffix(strings.Repeat(`{"a":1,"b":[true,null],"c":{"d":false}},`, n), ",") + `]}`
	}
	count := func(s string) float64 {
		return testing.AllocsPerRun(5, func() { _ = jsonstream.Walk(strings.NewReader(s), jsonstream.Limits{}, &silent{}) })
	}
	few, many := count(doc(100)), count(doc(1100))
	assert.Less(t, many-few, 1000*1.1, "one allocation a row: the number's text")
}

type silent struct{ log }

func (s *silent) Row(string, *jsonstream.Value) {}

func FuzzWalk(f *testing.F) {
	for _, s := range []string{`{"records":[{"a":1}],"x":[{}]}`, "[1,2", "\uFEFF{}", `{"a":"\ud800"}`, "\xff\xfe{\x00"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		v := &log{}
		if err := jsonstream.Walk(strings.NewReader(string(data)), jsonstream.Limits{Depth: 8, Value: 256, Row: 512}, v); err != nil {
			require.NotZero(t, err.Pos.Line)
			require.NotEmpty(t, err.Detail)
		}
	})
}
