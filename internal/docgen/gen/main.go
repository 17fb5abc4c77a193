// Gen brings the generated parts of the documents in a directory up to date, and the
// pages of its rules/.
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
	if err := rules(filepath.Join(os.Args[1], "rules")); err != nil {
		fail(err)
	}
}

// rules writes the pages of rules, and removes those of rules that are none.
func rules(dir string) error {
	pages := docgen.RulePages()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	have, err := filepath.Glob(filepath.Join(dir, "*.md"))
	if err != nil {
		return err
	}
	for _, file := range have {
		if _, ok := pages[filepath.Base(file)]; !ok {
			if err := os.Remove(file); err != nil {
				return err
			}
		}
	}
	for name, text := range pages {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			return err
		}
	}
	return nil
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
