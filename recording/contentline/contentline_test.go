package contentline

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/text/encoding/unicode"

	"weir/recording/textpos"
)

func lines(t *testing.T, text string) []Line {
	t.Helper()
	r := NewReader(strings.NewReader(text))
	r.Groups = true
	var out []Line
	for l := r.Next(); l != nil; l = r.Next() {
		kept := *l
		kept.Params = append([]Param(nil), l.Params...)
		out = append(out, kept)
	}
	require.NoError(t, r.Err())
	return out
}

// What one line means, however it is written.
func TestLines(t *testing.T) {
	cases := []struct{ name, text, want string }{
		{"plain", "SUMMARY:Review", "SUMMARY Review"},
		{"lower case", "summary:Review", "SUMMARY Review"},
		{"folded", "SUMMARY:Rev\r\n iew\r\n\t two", "SUMMARY Review two"},
		{"folded in the name", "SUMM\r\n ARY:Review", "SUMMARY Review"},
		{"folded in a character", "SUMMARY:M\xc3\r\n \xbcller", "SUMMARY Müller"},
		{"lines ended by CR", "SUMMARY:Rev\r iew\rX:y", "SUMMARY Review|X y"},
		{"lines ended twice", "SUMMARY:Rev\r\r\n iew\r\r\nX:y", "SUMMARY Review|X y"},
		{"blank lines", "\n\r\n  \nX:y\n\n", "X y"},
		{"parameters", `ATTENDEE;CN="Park, Jo; x:y";ROLE=A,"B,C":mailto:jo@x`, "ATTENDEE CN=[Park, Jo; x:y] ROLE=[A B,C] mailto:jo@x"},
		{"quotes inside a value", `X;CN=Jo "The Boss" Park:v`, `X CN=[Jo "The Boss" Park] v`},
		{"a quote that does not close", `X;CN="Jo:v`, `X CN=["Jo] v`},
		{"escapes of parameters", `X;CN=Jo ^'J^' Park^nLyon^^:v`, "X CN=[Jo \"J\" Park\nLyon^] v"},
		{"parameters without a name", "TEL;WORK;VOICE:1", "TEL TYPE=[WORK] TYPE=[VOICE] 1"},
		{"encodings without a name", "NOTE;QUOTED-PRINTABLE:a=3Bb", "NOTE ENCODING=[QUOTED-PRINTABLE] a;b"},
		{"soft line breaks", "NOTE;ENCODING=QUOTED-PRINTABLE:one=0D=\n=0Atwo=\nthree\nX:y", "NOTE ENCODING=[QUOTED-PRINTABLE] one\r\ntwothree|X y"},
		{"a soft line break before a blank", "NOTE;ENCODING=QUOTED-PRINTABLE:one=\n two\n three", "NOTE ENCODING=[QUOTED-PRINTABLE] one twothree"},
		{"no soft line break without the encoding", "X:a=\nY:b", "X a=|Y b"},
		{"quoted-printable that is none", "N;ENCODING=QUOTED-PRINTABLE:100%=zz=4", "N ENCODING=[QUOTED-PRINTABLE] 100%=zz=4"},
		{"another character set", "N;CHARSET=ISO-8859-1;ENCODING=QUOTED-PRINTABLE:M=FCller", "N CHARSET=[ISO-8859-1] ENCODING=[QUOTED-PRINTABLE] Müller"},
		{"another character set, raw", "N;CHARSET=windows-1252:M\xfcller \x80", "N CHARSET=[windows-1252] Müller €"},
		{"bytes of no character set", "N:M\xfcller", "N M\uFFFDller"},
		{"a group", "item1.EMAIL;TYPE=pref:a@x", "item1.EMAIL TYPE=[pref] a@x"},
		{"no content line", "Sesame Street", "? Sesame Street"},
		{"a name that is none", "<html lang:en>", "? en>"},
		{"an empty value", "X:", "X "},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			var got []string
			for _, l := range lines(t, c.text) {
				s := l.Name
				if l.Name == "" {
					s = "?"
				}
				if l.Group != "" {
					s = l.Group + "." + s
				}
				for _, p := range l.Params {
					s += fmt.Sprintf(" %s=%v", p.Name, p.Values)
				}
				got = append(got, s+" "+l.Value)
			}
			assert.Equal(t, c.want, strings.Join(got, "|"))
		})
	}
}

// Places count characters of the lines of the file, not of what they unfold to.
func TestPositions(t *testing.T) {
	for name, end := range map[string]string{"LF": "\n", "CR LF": "\r\n", "CR": "\r"} {
		t.Run(name, func(t *testing.T) {
			text := strings.ReplaceAll("A:1\n\nBÉ:x\nLONG;P=é;\n Q=v:the value\n goes on\nC:2\n", "\n", end)
			r := NewReader(strings.NewReader(text))
			want := []struct{ line, value textpos.Pos }{
				{textpos.Pos{Line: 1, Column: 1}, textpos.Pos{Line: 1, Column: 3}},
				{textpos.Pos{Line: 3, Column: 1}, textpos.Pos{Line: 3, Column: 4}},
				{textpos.Pos{Line: 4, Column: 1}, textpos.Pos{Line: 5, Column: 6}},
				{textpos.Pos{Line: 7, Column: 1}, textpos.Pos{Line: 7, Column: 3}},
			}
			for _, w := range want {
				l := r.Next()
				require.NotNil(t, l)
				assert.Equal(t, w.line, l.Pos)
				assert.Equal(t, w.value, l.ValuePos)
			}
			assert.Nil(t, r.Next())
			assert.Equal(t, textpos.Pos{Line: 8, Column: 1}, r.End())
		})
	}
}

func TestByteOrderMarks(t *testing.T) {
	utf16, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().String("N:Müller\r\n")
	require.NoError(t, err)
	for _, text := range []string{"\xEF\xBB\xBFN:Müller\r\n", utf16} {
		l := lines(t, text)
		require.Len(t, l, 1)
		assert.Equal(t, "Müller", l[0].Value)
		assert.Equal(t, textpos.Pos{Line: 1, Column: 1}, l[0].Pos)
	}
	assert.True(t, Begins([]byte(utf16[:2]+"B\x00E\x00G\x00I\x00N\x00:\x00V\x00C\x00A\x00R\x00D\x00\n\x00"), "VCARD"))
}

func TestTexts(t *testing.T) {
	l := lines(t, `X:one\, two\; three\nfour \\n five\x,six;seven`)[0]
	assert.Equal(t, "one, two; three\nfour \\n five\\x,six;seven", l.Text())
	assert.Equal(t, []string{"one, two; three\nfour \\n five\\x", "six;seven"}, l.Fields(','))
	assert.Equal(t, "Ask about Lyon", lines(t, "NOTE;ENCODING=b:QXNrIGFib3V0\n  IEx5b24=")[0].Text())
	assert.Equal(t, "not base64!", lines(t, "NOTE;ENCODING=b:not base64!")[0].Text())
	l = lines(t, `TEL;TYPE="work,cell";TYPE=voice:1`)[0]
	assert.True(t, l.Has("TYPE", "CELL") && l.Has("TYPE", "Voice"))
	assert.False(t, l.Has("TYPE", "FAX"))
}

// NamesCharset is about all bytes that are no UTF-8: one that nothing explains is
// enough for no.
func TestNamesCharset(t *testing.T) {
	for text, want := range map[string]bool{
		"N:Jo":                                       false,
		"N;CHARSET=ISO-8859-1:M\xfcller":             true,
		"N;CHARSET=ISO-8859-1:M\xfcller\nO:\xfc":     false,
		"N;CHARSET=no-such-set:M\xfcller":            false,
		"N;CHARSET=ISO-8859-1:Jo\nPHOTO;X=\xfc:\xfc": false,
	} {
		r := NewReader(strings.NewReader(text))
		r.Want = func(name string) bool { return name != "PHOTO" }
		for r.Next() != nil {
		}
		assert.Equal(t, want, r.NamesCharset(), "%q", text)
	}
}

var siblings = Nested{Parts: []string{"PART"}, Ends: func(name string, _ *Line) bool { return name == "ITEM" || name == "FILE" }}

func take(t *testing.T, text string) (*Component, *Reader) {
	t.Helper()
	r := NewReader(strings.NewReader(text))
	l := r.Next()
	require.NotEmpty(t, l.Begins())
	return r.Take(siblings), r
}

func TestComponents(t *testing.T) {
	c, r := take(t, "BEGIN:Item\nA:1\nBEGIN:ALARM\nB:2\nBEGIN:X\nEND:X\nEND:ALARM\nBEGIN:PART\nC:3\nBEGIN:PART\nD:4\nEND:PART\nEND:PART\nA:5\nEND:ITEM\nZ:9")
	assert.False(t, c.Open)
	require.Len(t, c.All("A"), 2)
	assert.Nil(t, c.Get("B"))
	require.Len(t, c.Parts, 1)
	assert.Equal(t, "3", c.Parts[0].Get("C").Value)
	assert.Nil(t, c.Parts[0].Get("D"))
	assert.Equal(t, "9", r.Next().Value)

	c, r = take(t, "BEGIN:ITEM\nA:1\nBEGIN:ITEM\nA:2\nEND:ITEM")
	assert.True(t, c.Open, "the next one begins")
	assert.Equal(t, "ITEM", r.Next().Begins())

	c, r = take(t, "BEGIN:ITEM\nA:1\nEND:FILE\nB:2")
	assert.True(t, c.Open, "the file ends")
	assert.Equal(t, "FILE", r.Next().Ends())

	c, _ = take(t, "BEGIN:ITEM\nA:1")
	assert.True(t, c.Open, "the text ends")

	c, _ = take(t, "BEGIN:ITEM\nno line\nPHOTO;ENCODING=BASE64:AAAA\nBBBB\nCC==\n\nA:1\nEND:ALARM\nEND:ITEM")
	assert.Equal(t, []textpos.Pos{{Line: 2, Column: 1}, {Line: 8, Column: 1}}, c.Bad, "base64 that goes on without a fold is no bad line")
	assert.NotNil(t, c.Get("A"))
}

// A photo of any size costs the memory of a line.
func TestPhotosCostNoMemory(t *testing.T) {
	allocated := func(folds int64) uint64 {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		photo := io.LimitReader(&endless{text: " " + strings.Repeat("A", 75) + "\n"}, 77*folds)
		r := NewReader(io.MultiReader(strings.NewReader("PHOTO;ENCODING=b:\n"), photo, strings.NewReader("FN:x\n")))
		r.Want = func(name string) bool { return name != "PHOTO" }
		require.NotNil(t, r.Next())
		require.Equal(t, "x", r.Next().Value)
		runtime.ReadMemStats(&after)
		return after.TotalAlloc - before.TotalAlloc
	}
	require.Less(t, allocated(400_000), allocated(40_000)+1<<20)
}

// endless hands out a text over and over.
type endless struct {
	text string
	at   int
}

func (e *endless) Read(p []byte) (int, error) {
	n := 0
	for n < len(p) {
		c := copy(p[n:], e.text[e.at:])
		n, e.at = n+c, (e.at+c)%len(e.text)
	}
	return n, nil
}

// A line, a component and a nesting without end cost what their limits say.
func TestBounds(t *testing.T) {
	const huge = 64 << 20
	r := NewReader(io.MultiReader(strings.NewReader("A:"), io.LimitReader(&endless{text: "x"}, huge), strings.NewReader("\nB:2\n")))
	l := r.Next()
	assert.True(t, l.Cut)
	assert.Len(t, l.Value, MaxLine-2)
	assert.Equal(t, "2", r.Next().Value)

	r = NewReader(io.MultiReader(strings.NewReader("BEGIN:ITEM\n"), io.LimitReader(&endless{text: "BEGIN:X\n"}, huge/8), strings.NewReader("\nEND:ITEM\n")))
	r.Next()
	assert.True(t, r.Take(siblings).Open)

	var text strings.Builder
	text.WriteString("BEGIN:ITEM\n")
	for i := range 2 * MaxLines {
		fmt.Fprintf(&text, "X%d:1\n", i)
	}
	text.WriteString("END:ITEM\n")
	c, _ := take(t, text.String())
	assert.True(t, c.TooLarge)
	assert.False(t, c.Open)
	assert.Len(t, c.Lines, MaxLines)
}

func TestFailures(t *testing.T) {
	broken := errors.New("the disk is on fire")
	r := NewReader(io.MultiReader(strings.NewReader("A:1\nB:"), iotest.ErrReader(broken)))
	assert.Equal(t, "1", r.Next().Value)
	for r.Next() != nil {
	}
	assert.ErrorIs(t, r.Err(), broken)
}

func FuzzLines(f *testing.F) {
	for _, s := range []string{"A:1\r\n 2\r\nB;X=\"a:b\",c;TYPE:v", "BEGIN:ITEM\nN;ENCODING=QUOTED-PRINTABLE:a=\n=0Ab\nEND:ITEM", "\xff\xfeB\x00E\x00",
		"item.A;B=\"\r:\xfc\r\r\n \xbc", "N;CHARSET=shift_jis:\x82\xa0", "BEGIN:ITEM\nBEGIN:PART\nP;ENCODING=b:AAAA\nAAA\nEND:PART"} {
		f.Add([]byte(s), true)
	}
	f.Fuzz(func(t *testing.T, data []byte, groups bool) {
		read := func() (string, int) {
			r := NewReader(bytes.NewReader(data))
			r.Groups = groups
			var b strings.Builder
			total := 0
			last := textpos.Pos{Line: 1, Column: 1}
			for l := r.Next(); l != nil; l = r.Next() {
				require.True(t, utf8.ValidString(l.Value) && utf8.ValidString(l.Text()))
				require.False(t, l.Pos.Line < last.Line || l.ValuePos.Line < l.Pos.Line || l.Pos.Column < 1 || l.ValuePos.Column < 1)
				last = l.Pos
				total += len(l.Value)
				fmt.Fprintf(&b, "%v %q %v %q %q\n", l.Pos, l.Name, l.Params, l.Value, l.Fields(';'))
				if l.Begins() == "ITEM" {
					c := r.Take(siblings)
					fmt.Fprintf(&b, "%d %d %v\n", len(c.Lines), len(c.Parts), c.Open)
				}
			}
			return b.String(), total
		}
		first, total := read()
		again, _ := read()
		require.Equal(t, first, again)
		require.LessOrEqual(t, total, 6*len(data)+16, "decoding does not blow up")
	})
}

// What is taken apart costs in proportion to its length, however it is made: in
// proportion to its square these would take hours.
func TestHostileLinesAreLinear(t *testing.T) {
	const n = MaxLine / 4
	for name, text := range map[string]string{
		"soft breaks without a value":    `N;QUOTED-PRINTABLE="` + strings.Repeat("=\n", n),
		"soft breaks after half a quote": `N;QUOTED-PRINTABLE;X=":` + strings.Repeat("=\n", n),
		"values before a quote":          "N;X=" + strings.Repeat("a,", n) + `"b":c`,
		"parameters before a quote":      "N" + strings.Repeat(";a", n) + `;"b":c`,
		"values in half a quote":         `N;X="` + strings.Repeat("a,", n) + ":c",
		"quotes":                         "N;X=" + strings.Repeat(`",`, n) + ":c",
		"folds":                          "N:" + strings.Repeat("\n x", n),
		"escapes":                        "N:" + strings.Repeat(`\n`, n),
	} {
		r := NewReader(strings.NewReader(text + "\nEND:X\n"))
		l := r.Next()
		require.NotNil(t, l, name)
		_ = l.Text()
		_ = l.Fields(',')
		for l = r.Next(); l != nil && l.Name != "END"; l = r.Next() {
		}
		assert.NotNil(t, l, "%s: what follows is still read", name)
	}
}

// A line that is cut ends where it ends, whatever its last byte that was kept.
func TestCutLinesEnd(t *testing.T) {
	text := "N;QUOTED-PRINTABLE:" + strings.Repeat("=", MaxLine) + "x\nX:y\n"
	l := lines(t, text)
	require.Len(t, l, 2)
	assert.True(t, l[0].Cut)
	assert.Equal(t, "y", l[1].Value)
}
