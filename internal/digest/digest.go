// Package digest names the inputs of a plan by their content, so that a plan can
// be bound to exactly the policy and recording it was made from.
//
// A digest is the SHA-256 over the sorted lines "path, SHA-256 of the bytes" of
// everything read, whatever the order in which it was read.
package digest

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
)

// File is one thing that was read: its slash-separated path and the SHA-256 of its
// bytes in lower-case hexadecimal.
type File struct{ Path, SHA256 string }

// Text is something that is no file but counts as one, such as a version.
func Text(path, text string) File {
	sum := sha256.Sum256([]byte(text))
	return File{path, hex.EncodeToString(sum[:])}
}

// Of is "sha256:" and the digest of the files, in hexadecimal. Each file is hashed
// with the lengths of its parts, so that no two lists share a digest by the way
// they join.
func Of(files []File) string {
	sorted := slices.Clone(files)
	slices.SortFunc(sorted, func(a, b File) int {
		return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.SHA256, b.SHA256))
	})
	h := sha256.New()
	for _, f := range sorted {
		fmt.Fprintf(h, "%d:%s %d:%s\n", len(f.Path), f.Path, len(f.SHA256), f.SHA256)
	}
	return "sha256:" + hex.EncodeToString(h.Sum(nil))
}
