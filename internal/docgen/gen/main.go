// Gen brings the generated parts of the documents in a directory up to date.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"weir/internal/docgen"
)

func main() {
	if len(os.Args) != 2 {
		fail(fmt.Errorf("usage: gen DIR"))
	}
	files, err := filepath.Glob(filepath.Join(os.Args[1], "*.md"))
	if err != nil || len(files) == 0 {
		fail(fmt.Errorf("no documents in %s", os.Args[1]))
	}
	for _, file := range files {
		if err := rewrite(file); err != nil {
			fail(fmt.Errorf("%s: %w", file, err))
		}
	}
}

func rewrite(file string) error {
	doc, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	now, err := docgen.Rewrite(string(doc))
	if err != nil || now == string(doc) {
		return err
	}
	return os.WriteFile(file, []byte(now), 0o644)
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "gen:", err)
	os.Exit(1)
}
