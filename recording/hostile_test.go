package recording

import (
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// hostile is a recording of one person with a few files more.
func hostile(files map[string]*fstest.MapFile) fstest.MapFS {
	out := fstest.MapFS{"recording.json": {Data: []byte(`{"format": "weir.recording/1", "organization": {"name": "Acme"},
		"users": [{"salesforce_id": "0055g00000AnnAA", "mailbox": "ann@acme.example", "provider": "office365"}]}`)}}
	for name, f := range files {
		out[name] = f
	}
	return out
}

func summaries(t *testing.T, files map[string]*fstest.MapFile) string {
	r, diags := Open(hostile(files), Options{})
	require.NotNil(t, r)
	var out []string
	for _, d := range diags {
		out = append(out, d.Summary)
	}
	return strings.Join(out, ", ")
}

// pipes is a file system in which opening a named pipe never returns.
type pipes struct{ fstest.MapFS }

func (p pipes) Open(name string) (fs.File, error) {
	if f := p.MapFS[name]; f != nil && f.Mode&fs.ModeNamedPipe != 0 {
		panic("a pipe was opened: " + name)
	}
	return p.MapFS.Open(name)
}

func TestPipesAreNotOpened(t *testing.T) {
	fsys := pipes{hostile(map[string]*fstest.MapFile{
		"salesforce/20260504T080000Z/Task.json": {Mode: fs.ModeNamedPipe},
		"pipe":                                  {Mode: fs.ModeNamedPipe},
	})}
	r, diags := Open(fsys, Options{})
	require.NotNil(t, r)
	said := 0
	for _, d := range diags {
		if d.Summary == "Not a regular file" {
			said++
		}
	}
	assert.Equal(t, 2, said)
	r, diags = Open(pipes{fstest.MapFS{"recording.json": {Mode: fs.ModeNamedPipe}}}, Options{})
	assert.Nil(t, r)
	assert.True(t, diags.HasErrors())
}

func TestBytesThatAreNoUTF8AreSaid(t *testing.T) {
	task := `{"totalSize":1,"done":true,"records":[{"attributes":{"type":"Task"},"Id":"00T5g00000AAAAAAAA","Subject":"%"}]}`
	read := func(subject string) string {
		return summaries(t, map[string]*fstest.MapFile{"salesforce/20260504T080000Z/Task.json": {Data: []byte(strings.Replace(task, "%", subject, 1))}})
	}
	assert.Contains(t, read("M\xfcller"), "Not UTF-8")
	assert.NotContains(t, read("Müller"), "Not UTF-8")
	assert.NotContains(t, read(strings.Repeat("ü", 100_000)), "Not UTF-8", "characters cut in two by the buffer are whole")
}

func TestALinksFileOfAnotherShape(t *testing.T) {
	assert.Contains(t, summaries(t, map[string]*fstest.MapFile{
		"mailboxes/ann@acme.example/20260504T080000Z/links.json": {Data: []byte(`{"a": 1}`)}}), "Not a list of links")
}
