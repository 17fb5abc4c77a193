package render

import (
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/rivo/uniseg"
)

// maxClusterRunes bounds how many code points one visible character may hold:
// longer stacks of combining marks are cut, because they paint over the lines
// around them.
const maxClusterRunes = 16

// Escape makes text from outside safe to print on one line of a terminal:
// control characters (newlines and ESC included), marks that change the reading
// direction, other invisible format characters and bytes that are no UTF-8 are
// written as \n, \x1b, \u202e and the like. Joiners stay, since scripts and emoji
// need them. Text without such characters is returned as it is.
func Escape(s string) string {
	if !needsEscape(s) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case isHostile(r):
			writeEscaped(&b, r)
		default:
			b.WriteString(s[i : i+size])
		}
		i += size
	}
	return b.String()
}

func needsEscape(s string) bool {
	return !utf8.ValidString(s) || strings.ContainsFunc(s, isHostile)
}

// isHostile reports characters that do something to a terminal or to the reader
// other than showing a glyph.
func isHostile(r rune) bool {
	switch r {
	case '\u200c', '\u200d': // joiners
		return false
	case '\u2028', '\u2029', '\u115f', '\u1160', '\u3164', '\uffa0': // separators and blank fillers
		return true
	}
	return unicode.Is(unicode.Cc, r) || unicode.Is(unicode.Cf, r)
}

func writeEscaped(b *strings.Builder, r rune) {
	switch {
	case r == '\n':
		b.WriteString(`\n`)
	case r == '\r':
		b.WriteString(`\r`)
	case r == '\t':
		b.WriteString(`\t`)
	case r < 0x100:
		fmt.Fprintf(b, `\x%02x`, r)
	case r < 0x10000:
		fmt.Fprintf(b, `\u%04x`, r)
	default:
		fmt.Fprintf(b, `\U%08x`, r)
	}
}

// Width is the number of terminal columns the text takes.
func Width(s string) int { return uniseg.StringWidth(s) }

// Truncate escapes the text and shortens it to at most width columns, ending in
// "…" where something was cut.
func Truncate(s string, width int) string {
	s = Escape(firstBytes(s, 64*(width+1)))
	var b strings.Builder
	used, cut := 0, 0
	state := -1
	for rest := s; rest != ""; {
		var cluster string
		var w int
		cluster, rest, w, state = uniseg.FirstGraphemeClusterInString(rest, state)
		if used+w > width {
			return b.String()[:cut] + "…"
		}
		b.WriteString(firstRunes(cluster, maxClusterRunes))
		used += w
		if used <= width-1 {
			cut = b.Len()
		}
	}
	return b.String()
}

// firstBytes cuts a very long text before it is looked at closely, at a
// character's border.
func firstBytes(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

func firstRunes(s string, n int) string {
	for i := range s {
		if n == 0 {
			return s[:i]
		}
		n--
	}
	return s
}

// pad fills the text with blanks to the given width; wider text stays as it is.
func pad(s string, width int) string {
	if n := width - Width(s); n > 0 {
		return s + strings.Repeat(" ", n)
	}
	return s
}

// jsonGuard escapes, inside JSON text, what encoding/json leaves as it is but a
// terminal might act upon: DEL, the C1 controls and invisible format characters; and
// the bracket of "##[", which GitHub's runner takes for a command wherever it reads it. They can only stand inside strings, where \u means the same character.
type jsonGuard struct{ w io.Writer }

// Write expects whole characters in every call, as encoding/json writes them.
func (g jsonGuard) Write(p []byte) (int, error) {
	text := strings.ReplaceAll(string(p), "##[", `##\u005b`)
	if len(text) == len(p) && !strings.ContainsFunc(text, hostileInJSON) {
		return g.w.Write(p)
	}
	var b strings.Builder
	for _, r := range text {
		if !hostileInJSON(r) {
			b.WriteRune(r)
			continue
		}
		if r > 0xffff {
			r -= 0x10000
			fmt.Fprintf(&b, `\u%04x\u%04x`, 0xd800+(r>>10), 0xdc00+(r&0x3ff))
			continue
		}
		fmt.Fprintf(&b, `\u%04x`, r)
	}
	if _, err := io.WriteString(g.w, b.String()); err != nil {
		return 0, err
	}
	return len(p), nil
}

func hostileInJSON(r rune) bool { return r >= 0x7f && isHostile(r) }
