package jsonstream_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"weir/recording/jsonstream"
)

func TestWriter(t *testing.T) {
	var b bytes.Buffer
	w := jsonstream.NewWriter(&b)
	w.Open('{')
	w.Key("rows")
	w.Open('[')
	for _, s := range []string{"plain", "quo\"te\\ \n\x01 漢", "bad \xff byte"} {
		w.Line()
		w.Open('{')
		w.Member("text", s)
		w.Key("truth")
		w.Bool(true)
		w.Key("none")
		w.Null()
		w.Close('}')
	}
	w.Close(']')
	w.Key("numbers")
	w.Open('[')
	w.Int(-7)
	w.Number(0.25)
	w.Number(math.Inf(1))
	w.Close(']')
	w.Key("empty")
	w.Open('[')
	w.Close(']')
	w.Close('}')
	require.NoError(t, w.Flush())
	assert.JSONEq(t, `{"rows":[{"text":"plain","truth":true,"none":null},{"text":"quo\"te\\ \n\u0001 漢","truth":true,"none":null},
		{"text":"bad \ufffd byte","truth":true,"none":null}],"numbers":[-7,0.25,null],"empty":[]}`, b.String())
	assert.Equal(t, 4, strings.Count(b.String(), "\n"), "a row a line")
}

type failingWriter struct{ left int }

func (f *failingWriter) Write(p []byte) (int, error) {
	if f.left--; f.left < 0 {
		return 0, io.ErrShortWrite
	}
	return len(p), nil
}

func TestWriterFails(t *testing.T) {
	w := jsonstream.NewWriter(&failingWriter{left: 1})
	w.Open('[')
	for range 40_000 {
		w.Line()
		w.Text("a row of some length")
	}
	w.Close(']')
	assert.True(t, errors.Is(w.Flush(), io.ErrShortWrite))
}

// A long document goes out in pieces, whole.
func TestWriterStreams(t *testing.T) {
	var b bytes.Buffer
	w := jsonstream.NewWriter(&b)
	w.Open('[')
	for i := range 40_000 {
		w.Line()
		w.Int(i)
	}
	w.Close(']')
	require.NoError(t, w.Flush())
	var list []int
	require.NoError(t, json.Unmarshal(b.Bytes(), &list))
	assert.Len(t, list, 40_000)
}
