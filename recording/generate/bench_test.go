package generate_test

import (
	"context"
	"io"
	"testing"

	"github.com/stretchr/testify/require"

	"weir/recording/generate"
)

// BenchmarkRun makes a recording and throws it away.
func BenchmarkRun(b *testing.B) {
	opts := generate.Options{Users: 50, Contacts: 5000, Tasks: 5000, Events: 5000, Sessions: 48, Seed: 1}
	b.ReportAllocs()
	for b.Loop() {
		done, err := generate.Run(context.Background(), opts, func(string) (io.WriteCloser, error) { return discard{io.Discard}, nil }, nil)
		require.NoError(b, err)
		b.SetBytes(done.Bytes)
	}
}

type discard struct{ io.Writer }

func (discard) Close() error { return nil }
