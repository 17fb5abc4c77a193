package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
)

// emptyDir refuses a directory that holds something.
func emptyDir(dir string) error {
	entries, err := os.ReadDir(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return fmt.Errorf("cannot use %s: %w", dir, err)
	case len(entries) > 0:
		return usage("-o NEW-DIRECTORY", "%s already holds something (%s); nothing was written", dir, entries[0].Name())
	}
	return nil
}

// newDir makes a directory that is about to be filled, unless it is there. It is
// private to its owner: recordings are personal data. Nothing can be written outside
// it through what comes back, whatever the files are called.
func newDir(dir string) (*os.Root, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("cannot make the directory: %w", err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("cannot use the directory: %w", err)
	}
	return root, nil
}

// newFile makes a file, and the folders on its path; it must not be there.
func newFile(root *os.Root, name string) (*os.File, error) {
	const once = os.O_WRONLY | os.O_CREATE | os.O_EXCL
	f, err := root.OpenFile(name, once, 0o600)
	if errors.Is(err, fs.ErrNotExist) {
		if err = root.MkdirAll(path.Dir(name), 0o700); err == nil {
			f, err = root.OpenFile(name, once, 0o600)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("cannot write: %w", err)
	}
	return f, nil
}
