package hclfile

import (
	"fmt"
	"strings"

	"github.com/hashicorp/hcl/v2"
)

// The wordings of this package, together.

func problem(rng hcl.Range, summary, detail string) *hcl.Diagnostic {
	return &hcl.Diagnostic{Severity: hcl.DiagError, Summary: summary, Detail: detail, Subject: &rng}
}

func tooLarge(rng hcl.Range) *hcl.Diagnostic {
	return problem(rng, "File too large", fmt.Sprintf("A policy file may have %d KiB at most. Split it into several files.", MaxBytes>>10))
}

func byteOrderMark(rng hcl.Range) *hcl.Diagnostic {
	return problem(rng, "Byte order mark", "The file begins with a byte order mark. Save it as plain UTF-8, without one.")
}

func notUTF8(rng hcl.Range, what string) *hcl.Diagnostic {
	return problem(rng, "Not UTF-8", fmt.Sprintf("Policy files are UTF-8 text; this one has %s here. Save it again as UTF-8.", what))
}

func tooDeep(rng hcl.Range) *hcl.Diagnostic {
	return problem(rng, "Nesting too deep", fmt.Sprintf("Brackets, braces and quotes may stand %d deep at most inside one another. A policy needs a handful.", MaxNesting))
}

func numberTooLong(rng hcl.Range) *hcl.Diagnostic {
	return problem(rng, "Number too long", fmt.Sprintf("A number may have %d characters at most.", maxDigits))
}

func unreadable(rng hcl.Range, cause any) *hcl.Diagnostic {
	return problem(rng, "Unreadable file", fmt.Sprintf("The HCL parser gave up on this file (%v). Please report it, with the file if you can share it.", cause))
}

// Syntax marks, as a diagnostic's Extra, what HCL's own parser says: its summaries are
// not weir's.
type Syntax struct{}

// explain adds the remedy that fits a policy to what the parser says, and marks it.
func explain(diags hcl.Diagnostics, src []byte) hcl.Diagnostics {
	for _, d := range diags {
		d.Extra = Syntax{}
		if d.Summary == "Invalid escape sequence" && d.Subject != nil && strings.Contains(snippet(src, *d.Subject), `\`) {
			d.Detail += " For a backslash in quoted text write two (\\\\), or write the text as a heredoc (<<EOT), in which a backslash is just that."
		}
	}
	return diags
}

func snippet(src []byte, rng hcl.Range) string {
	if !rng.CanSliceBytes(src) {
		return ""
	}
	return string(rng.SliceBytes(src))
}
