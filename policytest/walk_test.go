package policytest_test

import "io/fs"

// walk hands out every file below a directory.
func walk(fsys fs.FS, dir string, f func(name string, src []byte)) error {
	return fs.WalkDir(fsys, dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		src, err := fs.ReadFile(fsys, name)
		if err == nil {
			f(name, src)
		}
		return err
	})
}
