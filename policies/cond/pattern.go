package cond

import "regexp/syntax"

// PatternSize is how much work a pattern is: about the number of instructions it
// compiles to, which is what its memory and the time of a match grow with. It is
// found without compiling, since x{1000}y{1000}… is short and compiles to much.
// An error says what is wrong with the pattern.
func PatternSize(pattern string) (int, error) {
	re, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return 0, err
	}
	return patternSize(re), nil
}

// patternSize recurses no deeper than the parser, which bounds nesting.
func patternSize(re *syntax.Regexp) int {
	size := 1
	switch re.Op {
	case syntax.OpLiteral:
		size = len(re.Rune)
	case syntax.OpCharClass:
		size += len(re.Rune) / 8
	}
	for _, sub := range re.Sub {
		size += patternSize(sub)
	}
	if re.Op == syntax.OpRepeat {
		size = (size - 1) * max(re.Min, re.Max, 1)
	}
	return size
}
