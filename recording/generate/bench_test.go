package generate_test

import (
	"context"
	"io"
	"testing"

	"github.com/stretchr/testify/require"

	"weir/recording/generate"
)

// BenchmarkRun makes recordings of each provider's mailboxes and throws them away.
func BenchmarkRun(b *testing.B) {
	for _, share := range everybody() {
		b.Run(share.Provider, func(b *testing.B) {
			opts := generate.Options{Users: 20, Contacts: 5000, Tasks: 5000, Events: 5000, Sessions: 48, Seed: 1, Providers: []generate.Share{share}}
			b.ReportAllocs()
			for b.Loop() {
				done, err := generate.Run(context.Background(), opts, func(string) (io.WriteCloser, error) { return discard{io.Discard}, nil }, nil)
				require.NoError(b, err)
				b.SetBytes(done.Bytes)
			}
		})
	}
}

type discard struct{ io.Writer }

func (discard) Close() error { return nil }
