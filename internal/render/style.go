package render

import (
	"bufio"
	"io"
	"strings"

	"github.com/fatih/color"
)

// tone is a colour with a meaning; plain is no colour.
type tone int

const (
	plain tone = iota
	bold
	dim
	good  // creations
	bad   // removals and errors
	warn  // held operations and warnings
	back  // restores
	quiet // links
)

var toneAttributes = map[tone][]color.Attribute{
	bold:  {color.Bold},
	dim:   {color.Faint},
	good:  {color.FgGreen},
	bad:   {color.FgRed},
	warn:  {color.FgYellow},
	back:  {color.FgBlue},
	quiet: {color.FgCyan},
}

// printer writes text and remembers the first error, so that a rendering reads
// as a list of what it prints.
type printer struct {
	w     *bufio.Writer
	color bool
}

func newPrinter(w io.Writer, useColor bool) *printer {
	return &printer{w: bufio.NewWriter(w), color: useColor}
}

func (p *printer) flush() error { return p.w.Flush() }

// paint colours text that has been escaped already.
func (p *printer) paint(t tone, text string) string {
	if !p.color || t == plain || text == "" {
		return text
	}
	c := color.New(toneAttributes[t]...)
	c.EnableColor()
	return c.Sprint(text)
}

// line writes the parts that are not empty, two blanks apart, without trailing
// blanks.
func (p *printer) line(parts ...string) {
	p.w.WriteString(strings.TrimRight(strings.Join(nonEmpty(parts), "  "), " "))
	p.w.WriteByte('\n')
}

func (p *printer) blank() { p.w.WriteByte('\n') }

func nonEmpty(parts []string) []string {
	kept := parts[:0:0]
	for _, s := range parts {
		if s != "" {
			kept = append(kept, s)
		}
	}
	return kept
}

// joinDots joins the parts that are not empty as headlines do.
func joinDots(parts ...string) string { return strings.Join(nonEmpty(parts), " · ") }
