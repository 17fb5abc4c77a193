package csvstream_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"weir/recording/csvstream"
	"weir/recording/textpos"
)

// log notes what a visitor is told.
type log struct{ lines []string }

func (l *log) Header(names []string, at []textpos.Pos) { l.add("header", names, at) }
func (l *log) Row(values []string, at []textpos.Pos)   { l.add("row", values, at) }
func (l *log) Problem(err *textpos.Error) {
	l.lines = append(l.lines, fmt.Sprintf("problem %d:%d %s", err.Pos.Line, err.Pos.Column, err.Summary))
}

func (l *log) add(what string, values []string, at []textpos.Pos) {
	for i, v := range values {
		what += fmt.Sprintf(" %q@%d:%d", v, at[i].Line, at[i].Column)
	}
	l.lines = append(l.lines, what)
}

func TestWalk(t *testing.T) {
	cases := []struct {
		name, text string
		want       []string
		err        string
	}{
		{"plain", "Id,Name\n1,Ann\n2,\n", []string{`header "Id"@1:1 "Name"@1:4`, `row "1"@2:1 "Ann"@2:3`, `row "2"@3:1 ""@3:3`}, ""},
		{"quoted, line ends inside, doubled marks", "Id,Note,End\r\n1,\"a\r\nb, \"\"c\"\"\",z\r\n", []string{`header "Id"@1:1 "Note"@1:4 "End"@1:9`, `row "1"@2:1 "a\nb, \"c\""@2:3 "z"@3:11`}, ""},
		{"columns count characters", "Id,Näme,X\n1,é€,y\n", []string{`header "Id"@1:1 "Näme"@1:4 "X"@1:9`, `row "1"@2:1 "é€"@2:3 "y"@2:6`}, ""},
		{"a byte order mark", "\uFEFF\"Id\",\"A\"\n1,2\n", []string{`header "Id"@1:1 "A"@1:6`, `row "1"@2:1 "2"@2:3`}, ""},
		{"UTF-16", utf16("Id;A\n1;ü\n"), []string{`header "Id"@1:1 "A"@1:4`, `row "1"@2:1 "ü"@2:3`}, ""},
		{"semicolons", "Id;\"A,B,C\"\n1;2\n", []string{`header "Id"@1:1 "A,B,C"@1:4`, `row "1"@2:1 "2"@2:3`}, ""},
		{"tabs", "Id\tA\n1\t2", []string{`header "Id"@1:1 "A"@1:4`, `row "1"@2:1 "2"@2:3`}, ""},
		{"carets", "Id^A\n1^2", []string{`header "Id"@1:1 "A"@1:4`, `row "1"@2:1 "2"@2:3`}, ""},
		{"a bad row is left out", "Id,A\n1,x\"y\n2,b\n", []string{`header "Id"@1:1 "A"@1:4`, "problem 2:1 Invalid CSV", `row "2"@3:1 "b"@3:3`}, ""},
		{"ragged rows are the caller's to judge", "Id,A\n1\n1,2,3\n", []string{`header "Id"@1:1 "A"@1:4`, `row "1"@2:1`, `row "1"@3:1 "2"@3:3 "3"@3:5`}, ""},
		{"nothing", "", nil, "1:1 Empty file"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			for how, r := range map[string]io.Reader{"whole": strings.NewReader(c.text), "by the byte": iotest.OneByteReader(strings.NewReader(c.text))} {
				var l log
				err := csvstream.Walk(r, &l)
				if c.err == "" {
					require.Nil(t, err, how)
				} else {
					require.NotNil(t, err, how)
					assert.Equal(t, c.err, fmt.Sprintf("%d:%d %s", err.Pos.Line, err.Pos.Column, err.Summary), how)
				}
				assert.Equal(t, c.want, l.lines, how)
			}
		})
	}
}

func utf16(s string) string {
	out := []byte{0xFF, 0xFE}
	for _, r := range s {
		out = append(out, byte(r), byte(r>>8))
	}
	return string(out)
}

// An unclosed quotation mark does not make the rest of a large file one value.
func TestUnclosedQuote(t *testing.T) {
	long := io.MultiReader(strings.NewReader("Id,A\n1,\""), io.LimitReader(endless{}, 1<<30))
	var l log
	err := csvstream.Walk(long, &l)
	require.NotNil(t, err)
	assert.Equal(t, "Row too large", err.Summary)
}

type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = "row,\n"[i%5]
	}
	return len(p), nil
}

func TestReadFailure(t *testing.T) {
	broken := errors.New("the disk is gone")
	var l log
	err := csvstream.Walk(io.MultiReader(strings.NewReader("Id\n1\n"), iotest.ErrReader(broken)), &l)
	require.NotNil(t, err)
	assert.ErrorIs(t, err, broken)
	assert.Equal(t, []string{`header "Id"@1:1`}, l.lines[:1])
}

func FuzzWalk(f *testing.F) {
	for _, s := range []string{"Id,Name\n1,Ann\n", "\uFEFF\"Id\";\"A\"\r\n\"1\";\"x\r\ny\"\r\n", "Id\tA\n\"1", "\xff\xfeI\x00d\x00", "a,\"b\"c\nd"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var a, b log
		err := csvstream.Walk(bytes.NewReader(data), &a)
		if err != nil {
			require.Positive(t, err.Pos.Line)
		}
		_ = csvstream.Walk(iotest.HalfReader(bytes.NewReader(data)), &b)
		require.Equal(t, a.lines, b.lines)
	})
}
