// Package library holds ready-made policies that people ask for, one idea each,
// embedded into the binary. Each is a directory with the policy as people would
// write it (its first comment says the purpose) and a scenario that shows what
// it does; the scenarios are run as tests of the engine. A policy of the library
// is a beginning: copy it, change the names, put several together.
package library

import (
	"embed"
	"io/fs"
	"strings"
)

//go:embed */policy.hcl
var files embed.FS

// Policy is one policy of the library.
type Policy struct {
	Name    string // its directory: "no-private-events"
	Purpose string // one sentence
}

// List lists the policies by name.
func List() []Policy {
	entries, err := files.ReadDir(".")
	if err != nil {
		panic(err) // embedded at build time
	}
	out := make([]Policy, 0, len(entries))
	for _, e := range entries {
		out = append(out, Policy{e.Name(), purpose(e.Name())})
	}
	return out
}

// Open is a policy's directory, for policies.Load; ok is false if there is none
// of the name.
func Open(name string) (fsys fs.FS, ok bool) {
	if !fs.ValidPath(name) || name == "." || strings.Contains(name, "/") {
		return nil, false
	}
	if _, err := fs.Stat(files, name); err != nil {
		return nil, false
	}
	fsys, err := fs.Sub(files, name)
	return fsys, err == nil
}

// purpose is the first line of a policy, which is a comment.
func purpose(name string) string {
	text, err := files.ReadFile(name + "/policy.hcl")
	if err != nil {
		panic(err) // the pattern of embedded files names it
	}
	first, _, _ := strings.Cut(string(text), "\n")
	return strings.TrimSpace(strings.TrimPrefix(first, "#"))
}
