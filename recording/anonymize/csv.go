package anonymize

import (
	"errors"
	"io"
	"strings"

	"weir/recording/csvstream"
	"weir/recording/salesforce"
	"weir/recording/textpos"
)

// rewriteCSV rewrites a table column by column. Every value is quoted, as exports
// do; the delimiter becomes a comma.
func (n *Names) rewriteCSV(r io.Reader, w io.Writer) error {
	t := &table{names: n, w: w}
	if err := csvstream.Walk(r, t); err != nil {
		return err
	}
	return errors.Join(t.err, t.problem)
}

// table is one file on its way.
type table struct {
	names   *Names
	w       io.Writer
	columns []string
	err     error
	problem error // rows that were left out
}

// Header implements csvstream.Visitor. Column names stay.
func (t *table) Header(names []string, _ []textpos.Pos) {
	for _, name := range names {
		t.columns = append(t.columns, salesforce.FieldOfLabel(name))
	}
	t.write(names)
}

// Row implements csvstream.Visitor.
func (t *table) Row(values []string, _ []textpos.Pos) {
	out := make([]string, len(values))
	for i, v := range values {
		if i < len(t.columns) {
			out[i] = t.value(t.columns[i], v)
		} else {
			out[i] = t.names.byShape(v)
		}
	}
	t.write(out)
}

func (t *table) value(column, v string) string {
	if out, ok := t.names.reportDate(v); ok {
		return out
	}
	parent, name := "", column
	if i := strings.LastIndexByte(column, '.'); i >= 0 {
		parent, name = column[:i], column[i+1:]
	}
	switch c := classOf(parent, name); {
	case strings.ContainsAny(v, " ") && c == ID:
		return t.names.byShape(v) // the lines about itself at a report's end
	case c == URL, c == Query, c == FileName, c == Drop:
		return t.names.byShape(v)
	default:
		return t.names.value(c, v)
	}
}

// Problem implements csvstream.Visitor.
func (t *table) Problem(err *textpos.Error) {
	if t.problem == nil {
		t.problem = err
	}
}

func (t *table) write(values []string) {
	var b strings.Builder
	for i, v := range values {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(`"` + strings.ReplaceAll(v, `"`, `""`) + `"`)
	}
	b.WriteByte('\n')
	if _, err := io.WriteString(t.w, b.String()); err != nil && t.err == nil {
		t.err = err
	}
}
