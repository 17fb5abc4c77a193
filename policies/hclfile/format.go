package hclfile

import (
	"bytes"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclwrite"
	"github.com/zclconf/go-cty/cty"
)

// maxPasses bounds how often a text is formatted until it stays as it is.
const maxPasses = 5

// Format lays a file out in hcl's own style: indentation, aligned equals signs,
// a line feed at the end. It changes white space only, and formatting twice gives
// what formatting once gives. A file with syntax errors is not touched: the
// diagnostics say why, and the text is nil.
func Format(src []byte, name string) ([]byte, hcl.Diagnostics) {
	if _, diags := Parse(src, name); diags.HasErrors() {
		return nil, diags
	}
	out := ended(src)
	for range maxPasses {
		next := ended(layOut(out))
		if bytes.Equal(next, out) {
			break
		}
		out = next
	}
	if _, diags := Parse(out, name); diags.HasErrors() {
		return src, nil // better unformatted than broken
	}
	return out, nil
}

// layOut calls hcl's formatter; what makes it panic stays as it is.
func layOut(src []byte) (out []byte) {
	defer func() {
		if recover() != nil {
			out = src
		}
	}()
	return hclwrite.Format(bytes.Clone(src))
}

// ended gives a text that is not empty a line feed at its end.
func ended(src []byte) []byte {
	if len(src) == 0 || src[len(src)-1] == '\n' {
		return src
	}
	return append(bytes.Clone(src), '\n')
}

// Quote writes a text as an HCL literal, with whatever would begin a template
// escaped.
func Quote(s string) string {
	return string(hclwrite.TokensForValue(cty.StringVal(s)).Bytes())
}
