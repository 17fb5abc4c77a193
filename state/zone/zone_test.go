package zone

import (
	"archive/zip"
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// What users see: the clocks of their city change on the right day.
func TestDaylightSaving(t *testing.T) {
	tests := []struct {
		zone, utc, local string
	}{
		{"Europe/Berlin", "2026-03-29T00:59:59Z", "2026-03-29 01:59:59 +0100"},
		{"Europe/Berlin", "2026-03-29T01:00:00Z", "2026-03-29 03:00:00 +0200"},
		{"Europe/Berlin", "2026-10-25T01:00:00Z", "2026-10-25 02:00:00 +0100"},
		{"America/Los_Angeles", "2026-03-08T09:59:59Z", "2026-03-08 01:59:59 -0800"},
		{"America/Los_Angeles", "2026-03-08T10:00:00Z", "2026-03-08 03:00:00 -0700"},
		{"America/Los_Angeles", "2026-11-01T09:00:00Z", "2026-11-01 01:00:00 -0800"},
		{"US/Pacific", "2026-07-01T00:00:00Z", "2026-06-30 17:00:00 -0700"},
		{"Asia/Tokyo", "2026-07-01T00:00:00Z", "2026-07-01 09:00:00 +0900"},
		{"Pacific/Apia", "2026-07-01T00:00:00Z", "2026-07-01 13:00:00 +1300"},
		{"Australia/Lord_Howe", "2026-01-01T00:00:00Z", "2026-01-01 11:00:00 +1100"},
		{"Europe/Berlin", "2060-07-01T00:00:00Z", "2060-07-01 02:00:00 +0200"}, // by the rule past the table
	}
	for _, tt := range tests {
		t.Run(tt.zone+" "+tt.utc, func(t *testing.T) {
			loc, err := Load(tt.zone)
			require.NoError(t, err)
			at, err := time.Parse(time.RFC3339, tt.utc)
			require.NoError(t, err)
			assert.Equal(t, tt.local, at.In(loc).Format("2006-01-02 15:04:05 -0700"))
			assert.Equal(t, tt.zone, loc.String())
		})
	}
}

// The machine's own database must never be asked: one that moves Berlin to
// Tokyo's clock changes nothing.
func TestZoneinfoVariableIsIgnored(t *testing.T) {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	entry, err := w.CreateHeader(&zip.FileHeader{Name: "Europe/Berlin", Method: zip.Store})
	require.NoError(t, err)
	tokyo, err := open().files["Asia/Tokyo"].Open()
	require.NoError(t, err)
	_, err = io.Copy(entry, tokyo)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	path := filepath.Join(t.TempDir(), "zoneinfo.zip")
	require.NoError(t, os.WriteFile(path, b.Bytes(), 0o600))
	t.Setenv("ZONEINFO", path)

	loc, err := read(open().files["Europe/Berlin"]) // past the cache
	require.NoError(t, err)
	_, offset := time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC).In(loc).Zone()
	assert.Equal(t, 2*3600, offset)
	_, err = Load("Europe/Nowhere")
	assert.Error(t, err)
}

func TestNoLoadLocation(t *testing.T) {
	for _, file := range []string{"zone.go"} {
		src, err := os.ReadFile(file)
		require.NoError(t, err)
		assert.NotContains(t, string(src), "time.LoadLocation(")
	}
}

func TestEveryZoneLoads(t *testing.T) {
	names := Names()
	require.Greater(t, len(names), 500)
	for _, name := range names {
		loc, err := Load(name)
		require.NoError(t, err)
		assert.Equal(t, name, loc.String())
		_, iana, err := Resolve(strings.ToUpper(name))
		require.NoError(t, err, "names must not collide when case is ignored")
		assert.Equal(t, strings.ToLower(name), strings.ToLower(iana))
	}
}

func TestEveryWindowsNameLoads(t *testing.T) {
	require.Greater(t, len(windows), 130)
	for name, want := range windows {
		loc, iana, err := Resolve(name)
		require.NoError(t, err, name)
		assert.Equal(t, want, iana)
		assert.Equal(t, want, loc.String())
	}
	_, ok := FromWindows("Atlantis Standard Time")
	assert.False(t, ok)
}

func TestResolve(t *testing.T) {
	for name, want := range map[string]string{
		"Europe/Berlin":             "Europe/Berlin",
		"europe/BERLIN":             "Europe/Berlin",
		"US/Pacific":                "US/Pacific",
		"Pacific Standard Time":     "America/Los_Angeles",
		"pacific standard time":     "America/Los_Angeles",
		"W. Europe Standard Time":   "Europe/Berlin",
		"India Standard Time":       "Asia/Kolkata",
		"GMT Standard Time":         "Europe/London",
		"UTC":                       "UTC",
		"utc":                       "UTC",
		"tzone://Microsoft/Utc":     "UTC",
		"TZONE://microsoft/utc":     "UTC",
		"America/Argentina/ushuaia": "America/Argentina/Ushuaia",
	} {
		loc, iana, err := Resolve(name)
		require.NoError(t, err, name)
		assert.Equal(t, want, iana, name)
		assert.Equal(t, want, loc.String(), name)
	}
	loc, _, err := Resolve("tzone://Microsoft/Utc")
	require.NoError(t, err)
	assert.Same(t, time.UTC, loc)
}

func TestUnknownNames(t *testing.T) {
	for name, want := range map[string]string{
		"":                         "no time zone given",
		"Local":                    "differs from machine to machine",
		"local":                    "differs from machine to machine",
		"../etc/passwd":            `unknown time zone "../etc/passwd"`,
		"Europe/../Europe/Berlin":  "unknown time zone",
		"/Europe/Berlin":           "unknown time zone",
		"Europe/":                  "unknown time zone",
		"Europe":                   "unknown time zone",
		"Factory":                  "unknown time zone",
		"Berlin":                   `did you mean "Europe/Berlin"?`,
		"New York":                 `did you mean "America/New_York"?`,
		"tzone://Microsoft/Custom": "a custom one",
		"\x1b[31mred":              `"\x1b[31mred"`,
		strings.Repeat("x", 1<<20): "…",
	} {
		_, _, err := Resolve(name)
		require.Error(t, err, name)
		assert.Contains(t, err.Error(), want)
		assert.Less(t, len(err.Error()), 400)
		_, err = Load(name)
		require.Error(t, err, name)
	}
	_, err := Load("europe/berlin")
	assert.ErrorContains(t, err, `did you mean "Europe/Berlin"?`)
	_, err = Load("Pacific Standard Time")
	assert.ErrorContains(t, err, `write its IANA name "America/Los_Angeles"`)
}

func TestConcurrentLoads(t *testing.T) {
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for _, name := range Names()[:200] {
				a, err := Load(name)
				assert.NoError(t, err)
				b, _ := Load(name)
				assert.Same(t, a, b)
			}
		})
	}
	wg.Wait()
}

func TestVersionIsDocumented(t *testing.T) {
	text, err := os.ReadFile("SOURCE.md")
	require.NoError(t, err)
	assert.Regexp(t, `^20\d\d[a-z]$`, Version)
	assert.Contains(t, string(text), "**"+Version+"**")
}

func FuzzResolve(f *testing.F) {
	for _, seed := range []string{"", "UTC", "Local", "Europe/Berlin", "eUROPE/berlin", "Pacific Standard Time",
		"tzone://Microsoft/Custom", "../x", "Europe/\x00Berlin", "Etc/GMT+12", "New York", "İstanbul"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, name string) {
		loc, iana, err := Resolve(name)
		if err != nil {
			if loc != nil || iana != "" || len(err.Error()) > 600 {
				t.Fatalf("bad failure for %q: %v %q %v", name, loc, iana, err)
			}
			return
		}
		again, err := Load(iana)
		if err != nil || again != loc || loc.String() != iana {
			t.Fatalf("%q resolved to %q, which loads as %v, %v", name, iana, again, err)
		}
	})
}
