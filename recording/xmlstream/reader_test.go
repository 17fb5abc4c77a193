package xmlstream_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	"weir/recording/textpos"
	"weir/recording/xmlstream"
)

// log writes down what it is told: elements named row are taken, skip is skipped,
// the rest entered.
type log struct {
	lines    []string
	problems []*textpos.Error
}

func (l *log) Element(_ []string, n *xmlstream.Node) xmlstream.Action {
	switch n.Name {
	case "row":
		return xmlstream.Take
	case "skip":
		return xmlstream.Skip
	}
	return xmlstream.Enter
}

func (l *log) Taken(path []string, n *xmlstream.Node) {
	l.lines = append(l.lines, strings.Join(path, ".")+" "+show(n))
}

func (l *log) End(path []string, name string) {
	l.lines = append(l.lines, "end "+strings.Join(append(append([]string{}, path...), name), "."))
}

func (l *log) Problem(err *textpos.Error) { l.problems = append(l.problems, err) }

func show(n *xmlstream.Node) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s@%d:%d", n.Name, n.Pos.Line, n.Pos.Column)
	for _, a := range n.Attrs {
		fmt.Fprintf(&b, " %s=%s", a.Name, a.Value)
	}
	if n.Text != "" {
		fmt.Fprintf(&b, " %q", n.Text)
	}
	for i := range n.Kids {
		fmt.Fprintf(&b, " (%s)", show(&n.Kids[i]))
	}
	return b.String()
}

func walk(text string) (*log, *textpos.Error) {
	l := &log{}
	err := xmlstream.Walk(strings.NewReader(text), xmlstream.Limits{}, l)
	return l, err
}

// Elements come whole, by local name, with their places; blank text between
// children is left out and entities are what they stand for.
func TestWalk(t *testing.T) {
	l, err := walk("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<e:doc xmlns:e='urn:e'><skip><row/></skip>\n <list>\n  <e:row Id=\"é&amp;\"><a>x &lt; y</a>\n <b/> </e:row><é/><row><![CDATA[<raw>]]>&#xE9;</row>\n </list></e:doc>\n<!-- end -->")
	require.Nil(t, err)
	assert.Empty(t, l.problems)
	assert.Equal(t, []string{
		`doc.list row@4:3 Id=é& (a@4:22 "x < y") (b@5:2)`,
		`end doc.list.é`,
		`doc.list row@5:19 "<raw>é"`,
		`end doc.list`,
		`end doc`,
	}, l.lines)
}

func TestAbsentNode(t *testing.T) {
	var n *xmlstream.Node
	assert.Nil(t, n.At("a", "b"))
	assert.Empty(t, n.Attr("x")+n.Word())
	assert.Equal(t, textpos.Pos{}, n.Where())
}

// What is wrong is said with its place and what to do; what stood before counts.
func TestErrors(t *testing.T) {
	cases := []struct {
		name, text, want string
		rows             int
	}{
		{"nothing", "", "1:1: Empty file", 0},
		{"white space", "  \n", "1:1: Empty file", 0},
		{"JSON", "\n{\"value\":[]}", "1:1: Invalid XML", 0},
		{"cut short", "<a>\n<row>1</row>\n<row>2", "3:7: Invalid XML: The file ends in the middle", 1},
		{"crossing tags", "<a><row>1</row>\n<b></a>", "2:8: Invalid XML: The file is not well-formed", 1},
		{"two documents", "<a><row/></a>\n<b/>", "2:1: More than one document", 1},
		{"text behind", "<a/>\n?", "1:5: Invalid XML: There is text outside", 0},
		{"a laugh", "<!DOCTYPE lolz [<!ENTITY lol \"lol\"><!ENTITY lol2 \"&lol;&lol;\">]>\n<a>&lol2;</a>", "1:1: Document type", 0},
		{"a laugh inside a row", "<a><row>\n<!DOCTYPE x><row/></row><row/></a>", "2:1: Document type", 0},
		{"an entity of its own", "<a><row/><b>\n&nbsp;</b></a>", "2:7: Invalid XML", 1},
		{"another encoding", "<?xml version='1.0' encoding='shift_jis'?><a/>", "1:1: Encoding not read", 0},
		{"nesting outside rows", strings.Repeat("<a>", 2000), "1:3001: Nesting too deep", 0},
		{"nesting in what is skipped", "<skip>" + strings.Repeat("<a>", 2000), "1:3004: Nesting too deep", 0},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			l, err := walk(c.text)
			require.NotNil(t, err)
			assert.Contains(t, err.Error(), c.want)
			rows := 0
			for _, line := range l.lines {
				if strings.Contains(line, "row@") {
					rows++
				}
			}
			assert.Equal(t, c.rows, rows)
		})
	}
}

// An element over a bound is left out, and the next one is read.
func TestRowsOverBounds(t *testing.T) {
	cases := []struct {
		name, row, want string
		limits          xmlstream.Limits
	}{
		{"deep", strings.Repeat("<a>", 70) + strings.Repeat("</a>", 70), "Nesting too deep", xmlstream.Limits{}},
		{"wide", strings.Repeat("<a/>", 50), "Element too large", xmlstream.Limits{Nodes: 49}},
		{"long", strings.Repeat("<a>0123456789</a>", 50), "Element too large", xmlstream.Limits{Row: 400}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			l := &log{}
			err := xmlstream.Walk(strings.NewReader("<d><row>"+c.row+"</row>\n<row>next</row></d>"), c.limits, l)
			require.Nil(t, err)
			require.Len(t, l.problems, 1)
			assert.Equal(t, c.want, l.problems[0].Summary)
			assert.Equal(t, []string{`d row@2:1 "next"`, "end d"}, l.lines)
		})
	}
}

func TestTokensOverBounds(t *testing.T) {
	l := &log{}
	err := xmlstream.Walk(strings.NewReader("<d><row>"+strings.Repeat("x", 1<<20)+"</row></d>"), xmlstream.Limits{Text: 1 << 16}, l)
	require.NotNil(t, err)
	assert.Equal(t, "Value too large", err.Summary)
	_, err = walk("<d><row" + strings.Repeat(" a='>'", 2000) + "/></d>")
	require.NotNil(t, err)
	assert.Contains(t, err.Error(), "more than 1024 attributes")
	_, err = walk("<d><row>" + strings.Repeat(`&lt;a href="x"&gt;`, 2000) + "<![CDATA[" + strings.Repeat(`<a href="x">`, 2000) + "]]></row></d>")
	assert.Nil(t, err, "markup that is text has no attributes")
}

// The same document in every encoding there is: same texts, same places.
func TestEncodings(t *testing.T) {
	const body = "<d>\n<row>né€</row></d>"
	want := []string{`d row@2:1 "né€"`, "end d"}
	utf16 := func(e unicode.Endianness, bom unicode.BOMPolicy, head string) string {
		s, err := unicode.UTF16(e, bom).NewEncoder().String(head + body)
		require.NoError(t, err)
		return s
	}
	latin, err := charmap.Windows1252.NewEncoder().String(body)
	require.NoError(t, err)
	for name, text := range map[string]string{
		"UTF-8":                   body,
		"UTF-8 with a mark":       "\xEF\xBB\xBF<?xml version='1.0' encoding='UTF-8'?>" + body,
		"UTF-16LE with a mark":    utf16(unicode.LittleEndian, unicode.UseBOM, "<?xml version='1.0' encoding='utf-16'?>"),
		"UTF-16BE with a mark":    utf16(unicode.BigEndian, unicode.UseBOM, ""),
		"UTF-16LE without a mark": utf16(unicode.LittleEndian, unicode.IgnoreBOM, "<?xml version='1.0' encoding='UTF-16'?>"),
		"UTF-16BE without a mark": utf16(unicode.BigEndian, unicode.IgnoreBOM, ""),
		"ISO-8859-1":              `<?xml version="1.0" encoding="ISO-8859-1"?>` + latin,
		"Windows-1252":            `<?xml version="1.0" encoding = 'windows-1252' ?>` + latin,
	} {
		t.Run(name, func(t *testing.T) {
			l, err := walk(text)
			require.Nil(t, err)
			assert.Equal(t, want, l.lines)
		})
	}
	l, werr := walk("<d><row>\xff</row></d>")
	require.Nil(t, werr)
	assert.Equal(t, "d row@1:4 \"\uFFFD\"", l.lines[0])
}

// Exchange sends characters that XML forbids; what stands around them is read.
func TestForbiddenCharacters(t *testing.T) {
	l, err := walk("<d>\n<row>a&#x1F;b&#1;c\x01d&#x001f;e&#9;f&#x1F600;</row><row a='&#xB;&amp;'/></d>")
	require.Nil(t, err)
	assert.Equal(t, []string{"d row@2:1 \"a b\\tc d e\\tf😀\"", "d row@2:50 a= &", "end d"}, l.lines)
	require.Len(t, l.problems, 1)
	assert.Contains(t, l.problems[0].Error(), "2:7: Forbidden characters")
}

// However the bytes arrive, the answer is the same.
func TestChunks(t *testing.T) {
	text := "<d>\n" + strings.Repeat("<row k='v'>é&#x1F;&amp;</row>\n", 3000) + "</d>"
	whole, err := walk(text)
	require.Nil(t, err)
	require.Len(t, whole.lines, 3001)
	for name, r := range map[string]io.Reader{"one byte": iotest.OneByteReader(strings.NewReader(text)), "halves": iotest.HalfReader(strings.NewReader(text)), "early end": iotest.DataErrReader(strings.NewReader(text))} {
		l := &log{}
		require.Nil(t, xmlstream.Walk(r, xmlstream.Limits{}, l), name)
		assert.Equal(t, whole.lines, l.lines, name)
	}
}

func TestUnreadable(t *testing.T) {
	broken := errors.New("disk on fire")
	l := &log{}
	err := xmlstream.Walk(io.MultiReader(strings.NewReader("<d><row/>"), iotest.ErrReader(broken)), xmlstream.Limits{}, l)
	require.NotNil(t, err)
	assert.ErrorIs(t, err, broken)
	assert.Equal(t, "File not readable", err.Summary)
	assert.Len(t, l.lines, 1)
}

func FuzzWalk(f *testing.F) {
	f.Add([]byte("<?xml version='1.0'?><d><row a='b'>x&#1;</row><skip><row/></skip></d>"))
	f.Add([]byte("\xFF\xFE<\x00d\x00/\x00>\x00"))
	f.Add([]byte("<d><row><![CDATA[x]]><!-- y --><?p i?></row>"))
	f.Add([]byte("<?xml version='1.0' encoding='latin1'?><d>\xe9</d>"))
	f.Fuzz(func(t *testing.T, data []byte) {
		l, again := &log{}, &log{}
		err := xmlstream.Walk(bytes.NewReader(data), xmlstream.Limits{Nodes: 1000, Text: 1 << 16}, l)
		if err != nil {
			require.Positive(t, err.Pos.Line)
			require.Positive(t, err.Pos.Column)
			require.NotEmpty(t, err.Detail)
		}
		for _, p := range l.problems {
			require.Positive(t, p.Pos.Line)
		}
		_ = xmlstream.Walk(iotest.OneByteReader(bytes.NewReader(data)), xmlstream.Limits{Nodes: 1000, Text: 1 << 16}, again)
		require.Equal(t, l.lines, again.lines)
	})
}

// bench is a page of 1,000 task rows as Exchange answers.
func bench() string {
	var b strings.Builder
	b.WriteString("<m:Items xmlns:m='urn:m' xmlns:t='urn:t'>\n")
	for i := range 1000 {
		fmt.Fprintf(&b, `<t:row><t:ItemId Id="AAMkAGI%06d=" ChangeKey="EwAAABY"/><t:ParentFolderId Id="AQMkAD" ChangeKey="AQAAAA=="/><t:ItemClass>IPM.Task</t:ItemClass><t:Subject>Call %d about the renewal</t:Subject><t:Sensitivity>Normal</t:Sensitivity><t:Body BodyType="Text">Ask about the renewal and the new site in Lyon.</t:Body><t:DateTimeCreated>2026-01-04T07:00:00Z</t:DateTimeCreated><t:Importance>Normal</t:Importance><t:DueDate>2026-05-06T22:00:00Z</t:DueDate><t:Status>NotStarted</t:Status></t:row>`+"\n", i, i)
	}
	b.WriteString("</m:Items>")
	return b.String()
}

type counting struct{ rows int }

func (c *counting) Element(path []string, _ *xmlstream.Node) xmlstream.Action {
	if len(path) == 0 {
		return xmlstream.Enter
	}
	return xmlstream.Take
}
func (c *counting) Taken(_ []string, n *xmlstream.Node) {
	if n.Get("ItemId").Attr("Id") != "" {
		c.rows++
	}
}
func (c *counting) End([]string, string)   {}
func (c *counting) Problem(*textpos.Error) {}

func BenchmarkWalk(b *testing.B) {
	doc := bench()
	b.SetBytes(int64(len(doc)))
	b.ReportAllocs()
	for b.Loop() {
		v := &counting{}
		if err := xmlstream.Walk(strings.NewReader(doc), xmlstream.Limits{}, v); err != nil || v.rows != 1000 {
			b.Fatal(err, v.rows)
		}
	}
}

// BenchmarkDecoder reads the same bytes with encoding/xml alone, token by token.
func BenchmarkDecoder(b *testing.B) {
	doc := bench()
	b.SetBytes(int64(len(doc)))
	b.ReportAllocs()
	for b.Loop() {
		d, n := xml.NewDecoder(strings.NewReader(doc)), 0
		for {
			tok, err := d.Token()
			if err == io.EOF {
				break
			}
			if s, ok := tok.(xml.StartElement); ok && s.Name.Local == "row" {
				n++
			}
		}
		if n != 1000 {
			b.Fatal(n)
		}
	}
}
