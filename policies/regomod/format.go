package regomod

import (
	"bytes"
	"fmt"

	"github.com/hashicorp/hcl/v2"
	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/format"
)

// maxPasses bounds how often a module is formatted until it stays as it is.
const maxPasses = 5

// Format lays a module out as OPA's own formatter does. Formatting twice gives
// what formatting once gives, and the rules are the same afterwards. A module
// with syntax errors is not touched: the diagnostics say why, and the text is nil.
// Names are not checked; tests and helpers of any package are formatted.
func Format(src []byte, name string) ([]byte, hcl.Diagnostics) {
	c := &compiler{files: map[string]*file{}}
	before := c.parsed(Source{Path: name, Text: src})
	if before == nil {
		return nil, c.diags
	}
	out := src
	for range maxPasses {
		next, err := layOut(name, out)
		if err != nil {
			return nil, append(c.diags, c.internal(shortened(err.Error())))
		}
		if bytes.Equal(next, out) {
			break
		}
		out = next
	}
	after := (&compiler{files: map[string]*file{}}).parsed(Source{Path: name, Text: out})
	if after == nil || len(after.Rules) != len(before.Rules) || len(after.Comments) != len(before.Comments) {
		return src, nil // better unformatted than broken
	}
	return out, nil
}

// parsed parses a module within the bounds that policies have; nil if it is
// wrong, which has been reported.
func (c *compiler) parsed(src Source) *ast.Module {
	f := c.read(src)
	if f == nil {
		return nil
	}
	return f.module
}

// layOut calls OPA's formatter, of which a panic is an error.
func layOut(name string, src []byte) (out []byte, err error) {
	defer func() {
		if x := recover(); x != nil {
			err = fmt.Errorf("the formatter failed: %v", x)
		}
	}()
	return format.SourceWithOpts(name, src, format.Opts{RegoVersion: ast.RegoV1,
		ParserOptions: &ast.ParserOptions{RegoVersion: ast.RegoV1, ProcessAnnotation: false, Capabilities: capabilities()}})
}
