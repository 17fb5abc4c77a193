package main

import (
	"archive/zip"
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// archive writes a .zip file with the given entries.
func archive(t *testing.T, entries map[string]string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "export.zip")
	f, err := os.Create(name)
	require.NoError(t, err)
	w := zip.NewWriter(f)
	for entry, text := range entries {
		e, err := w.CreateHeader(&zip.FileHeader{Name: entry, Method: zip.Deflate, Modified: time.Date(2026, 5, 4, 8, 0, 0, 0, time.UTC)})
		require.NoError(t, err)
		_, err = e.Write([]byte(text))
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	require.NoError(t, f.Close())
	return name
}

// An archive is read as it is, and none of its names leads out of the recording.
func TestImportArchive(t *testing.T) {
	const contacts = "Id,LastName\n003000000000001AAA,Park\n"
	dir := filepath.Join(t.TempDir(), "made")
	name := archive(t, map[string]string{"Contact.csv": contacts, "../../evil/Task.csv": "Id\n00T000000000001EAA\n", "/etc/Event.csv": "Id\n00U000000000001EAA\n"})
	var out, errs bytes.Buffer
	o := &importOptions{Sources: []string{name}, Dir: dir, Format: "text", Color: "never"}
	require.NoError(t, o.Run(context.Background(), streams{Out: &out, Err: &errs, Getenv: func(string) string { return "" }}))
	got, err := os.ReadFile(filepath.Join(dir, "salesforce/20260504T080000Z/Contact.csv"))
	require.NoError(t, err)
	assert.Equal(t, contacts, string(got))
	var files []string
	above := filepath.Dir(dir)
	require.NoError(t, filepath.Walk(above, func(path string, info os.FileInfo, err error) error {
		if err == nil && !info.IsDir() {
			rel, _ := filepath.Rel(above, path)
			files = append(files, filepath.ToSlash(rel))
		}
		return err
	}))
	assert.Equal(t, []string{"made/recording.json", "made/salesforce/20260504T080000Z/Contact.csv",
		"made/salesforce/20260504T080000Z/Event.csv", "made/salesforce/20260504T080000Z/Task.csv"}, files)
}

// An archive that would unpack to much more than it is ends before it is unpacked.
func TestImportArchiveBomb(t *testing.T) {
	name := archive(t, map[string]string{"Contact.csv": string(make([]byte, 300<<20))})
	o := &importOptions{Sources: []string{name}, Dir: filepath.Join(t.TempDir(), "made"), Format: "text", Color: "never"}
	err := o.Run(context.Background(), streams{Out: &bytes.Buffer{}, Err: &bytes.Buffer{}, Getenv: func(string) string { return "" }})
	require.Error(t, err)
	assert.Contains(t, err.Error(), "would unpack to 300 MiB")
	assert.NoDirExists(t, o.Dir)
}
