package generate_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"weir/recording"
	"weir/recording/generate"
	"weir/state"
)

// made is a recording in memory.
func made(t testing.TB, opts generate.Options) fstest.MapFS {
	t.Helper()
	fsys := fstest.MapFS{}
	_, err := generate.Run(context.Background(), opts, func(name string) (io.WriteCloser, error) {
		require.NotContains(t, fsys, name, "written twice")
		f := &memory{}
		f.keep = func() { fsys[name] = &fstest.MapFile{Data: f.Bytes()} }
		return f, nil
	}, nil)
	require.NoError(t, err)
	return fsys
}

// memory is a file in memory.
type memory struct {
	bytes.Buffer
	keep func()
}

func (f *memory) Close() error {
	f.keep()
	return nil
}

// small is the smallest recording in which every case is certain.
var small = generate.Options{Users: 20, Contacts: 300, Tasks: 300, Events: 300, Sessions: 12, Seed: 1}

// The same options give the same bytes, other seeds others.
func TestDeterministic(t *testing.T) {
	mixed := small
	mixed.Providers = everybody()
	one := made(t, mixed)
	assert.Equal(t, one, made(t, mixed))
	other := mixed
	other.Seed++
	assert.NotEqual(t, one["recording.json"], made(t, other)["recording.json"])
}

// Any numbers make a recording that reads without diagnostics, save that of the view
// that Salesforce does not have any more.
func TestAnySize(t *testing.T) {
	for _, opts := range []generate.Options{
		{Users: 1, Sessions: 1},
		{Users: 1, Contacts: 3, Tasks: 3, Events: 3, Sessions: 2},
		{Users: 2, Contacts: 100, Tasks: 100, Events: 100, Sessions: 3},
		{Users: 3, Contacts: 50, Events: 120, Sessions: 5, Every: 24 * time.Hour},
		{Users: 7, Contacts: 100, Tasks: 100, Events: 100, Sessions: 6, Providers: everybody()},
		{Users: 50, Contacts: 10, Tasks: 10, Events: 10, Sessions: 4},
	} {
		_, diags := recording.Open(made(t, opts), recording.Options{})
		for _, d := range diags {
			assert.Contains(t, d.Subject.Filename, "Retired_Accounts.json", "%+v: %s: %s", opts, d.Summary, d.Detail)
		}
	}
}

// Mailboxes hold what the default policy makes of the records: on a recording
// without history little is left to do.
func TestMailboxesAgree(t *testing.T) {
	opts := small
	opts.Sessions = 1
	rec, _ := recording.Open(made(t, opts), recording.Options{})
	s, _ := rec.At(rec.First())
	linked, records := 0, 0
	for _, u := range s.Users {
		m, err := s.Mailboxes.Mailbox(u)
		require.NoError(t, err)
		linked += len(m.Links.All())
	}
	for _, k := range state.Kinds() {
		records += s.Records[k].Len()
	}
	assert.Greater(t, linked, records*2/3)
}

// everybody are the providers in equal shares.
func everybody() []generate.Share {
	var out []generate.Share
	for _, name := range generate.Providers() {
		out = append(out, generate.Share{Provider: name, Weight: 1})
	}
	return out
}

// People have the providers in the proportions asked for, evenly mixed.
func TestShares(t *testing.T) {
	opts := generate.Options{Users: 10, Sessions: 1, Providers: []generate.Share{{Provider: "office365", Weight: 60}, {Provider: "exchange", Weight: 20}, {Provider: "gmail", Weight: 20}}}
	rec, _ := recording.Open(made(t, opts), recording.Options{})
	s, _ := rec.At(rec.First())
	n := map[string]int{}
	for _, u := range s.Users {
		n[u.Value(state.UserProvider).Text()]++
	}
	assert.Equal(t, map[string]int{"office365": 6, "exchange": 2, "gmail": 2}, n)
}

func TestOptions(t *testing.T) {
	for want, opts := range map[string]generate.Options{
		"the number of users is 0; it must be 1 to 1000000": {Sessions: 1},
		"the number of sessions is 0":                       {Users: 1},
		"the number of tasks is -1":                         {Users: 1, Sessions: 1, Tasks: -1},
		`there are no mailboxes of "hotmail": weir writes`:  {Users: 1, Sessions: 1, Providers: []generate.Share{{Provider: "hotmail", Weight: 1}}},
		"office365 has two shares":                          {Users: 1, Sessions: 1, Providers: []generate.Share{{Provider: "office365", Weight: 1}, {Provider: "office365", Weight: 1}}},
		"the share of office365 is -1":                      {Users: 1, Sessions: 1, Providers: []generate.Share{{Provider: "office365", Weight: -1}}},
		"nobody has a mailbox":                              {Users: 1, Sessions: 1, Providers: []generate.Share{{Provider: "office365"}}},
	} {
		assert.ErrorContains(t, opts.Check(), want)
		_, err := generate.Run(context.Background(), opts, nil, nil)
		assert.ErrorContains(t, err, want)
	}
	shares, err := generate.ParseProviders("office365=60, exchange")
	require.NoError(t, err)
	assert.Equal(t, []generate.Share{{Provider: "office365", Weight: 60}, {Provider: "exchange", Weight: 1}}, shares)
	_, err = generate.ParseProviders("office365=most")
	assert.ErrorContains(t, err, `"most" is no weight`)
}

// What was broken off has no manifest, so that nobody takes it for a recording.
func TestBrokenOff(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	names := map[string]bool{}
	_, err := generate.Run(ctx, small, func(name string) (io.WriteCloser, error) {
		if names[name] = true; len(names) == 40 {
			cancel()
		}
		return discard{io.Discard}, nil
	}, nil)
	assert.ErrorIs(t, err, context.Canceled)
	assert.Len(t, names, 40)
	assert.NotContains(t, names, "recording.json")

	for after := range 3 {
		_, err := generate.Run(context.Background(), small, func(string) (io.WriteCloser, error) {
			if after == 0 {
				return nil, errFull
			}
			return full{after}, nil
		}, nil)
		assert.ErrorIs(t, err, errFull)
	}
}

var errFull = errors.New("disk full")

// full is a file on a full disk, noticed when it is written or when it is closed.
type full struct{ when int }

func (f full) Write(p []byte) (int, error) {
	if f.when == 1 {
		return 0, errFull
	}
	return len(p), nil
}

func (f full) Close() error { return errFull }

// Progress goes forward, to the end.
func TestProgress(t *testing.T) {
	var last generate.Progress
	done, err := generate.Run(context.Background(), small, func(string) (io.WriteCloser, error) { return discard{io.Discard}, nil }, func(p generate.Progress) {
		assert.Equal(t, last.Done+1, p.Done)
		assert.Greater(t, p.Bytes, last.Bytes)
		last = p
	})
	require.NoError(t, err)
	assert.Equal(t, last.Steps, last.Done)
	assert.Equal(t, last.Files+1, done.Files, "and the manifest")
}
