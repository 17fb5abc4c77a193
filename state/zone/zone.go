// Package zone is weir's own time zone database.
//
// A plan must come out the same on every machine, and the standard library's
// time.LoadLocation reads whatever database $ZONEINFO or the system offers. So
// weir carries one release of the IANA database ([Version]) and asks nothing
// else. Mailboxes also speak of zones by their Windows names; [Resolve] knows
// those too.
//
// It imports only the standard library, and its answers depend on nothing but
// the embedded file.
package zone

import (
	"archive/zip"
	"bytes"
	_ "embed"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"
)

//go:embed zoneinfo.zip
var database []byte

// maxName is longer than any zone name and short enough to print.
const maxName = 64

// zones is the opened database. Locations are made once and shared.
type zones struct {
	files  map[string]*zip.File // by exact IANA name
	folded map[string]string    // lower case -> IANA name
	names  []string             // sorted

	mu     sync.Mutex
	loaded map[string]*time.Location
}

var open = sync.OnceValue(func() *zones {
	r, err := zip.NewReader(bytes.NewReader(database), int64(len(database)))
	if err != nil {
		panic("zone: the embedded database cannot be opened: " + err.Error())
	}
	z := &zones{files: map[string]*zip.File{}, folded: map[string]string{},
		loaded: map[string]*time.Location{"UTC": time.UTC}}
	for _, f := range r.File {
		if strings.HasSuffix(f.Name, "/") || f.Name == "Factory" {
			continue // folders, and the name that stands for "nobody has set a zone"
		}
		z.files[f.Name] = f
		z.folded[strings.ToLower(f.Name)] = f.Name
		z.names = append(z.names, f.Name)
	}
	slices.Sort(z.names)
	return z
})

var foldedWindows = sync.OnceValue(func() map[string]string {
	folded := make(map[string]string, len(windows))
	for name, iana := range windows {
		folded[strings.ToLower(name)] = iana
	}
	return folded
})

// Load finds a zone by its exact IANA name, aliases ("US/Pacific") included.
// Repeated calls return the same location, "UTC" is time.UTC, and calls may
// come from several goroutines. Unknown names are an error with the nearest
// advice there is; "", "Local" and paths are unknown like any other.
func Load(name string) (*time.Location, error) {
	z := open()
	f, ok := z.files[name]
	if !ok {
		return nil, unknown(name)
	}
	z.mu.Lock()
	defer z.mu.Unlock()
	if loc, ok := z.loaded[name]; ok {
		return loc, nil
	}
	loc, err := read(f)
	if err != nil {
		return nil, fmt.Errorf("time zone %s cannot be read from the embedded database: %w", name, err)
	}
	z.loaded[name] = loc
	return loc, nil
}

func read(f *zip.File) (*time.Location, error) {
	r, err := f.Open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	data, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	return time.LoadLocationFromTZData(f.Name, data)
}

// Names lists the IANA names the database has, sorted.
func Names() []string { return slices.Clone(open().names) }

// FromWindows finds the IANA name of a Windows zone ("Pacific Standard Time"),
// the one Unicode's table gives for the zone as a whole. Case does not matter.
func FromWindows(name string) (iana string, ok bool) {
	if len(name) > maxName {
		return "", false
	}
	iana, ok = foldedWindows()[strings.ToLower(name)]
	return iana, ok
}

// Resolve finds a zone by whatever name a payload gave it: an IANA name (exact,
// else regardless of case), a Windows name, or Microsoft's "tzone://Microsoft/Utc".
// It returns the IANA name as well. A zone that is only described in the
// payload itself ("tzone://Microsoft/Custom") is an error.
func Resolve(name string) (loc *time.Location, iana string, err error) {
	iana, err = resolveName(name)
	if err != nil {
		return nil, "", err
	}
	if loc, err = Load(iana); err != nil {
		return nil, "", err
	}
	return loc, iana, nil
}

func resolveName(name string) (string, error) {
	z := open()
	if _, ok := z.files[name]; ok {
		return name, nil
	}
	if len(name) > maxName {
		return "", unknown(name)
	}
	lower := strings.ToLower(name)
	if iana, ok := z.folded[lower]; ok {
		return iana, nil
	}
	if iana, ok := FromWindows(name); ok {
		return iana, nil
	}
	switch {
	case lower == "tzone://microsoft/utc":
		return "UTC", nil
	case strings.HasPrefix(lower, "tzone://"):
		return "", fmt.Errorf("the time zone %s is a custom one, known only to the calendar that made it", show(name))
	}
	return "", unknown(name)
}

func unknown(name string) error {
	switch {
	case name == "":
		return fmt.Errorf("no time zone given; write an IANA name such as \"Europe/Berlin\"")
	case strings.EqualFold(name, "local"):
		return fmt.Errorf("the time zone \"Local\" differs from machine to machine; write an IANA name such as \"Europe/Berlin\"")
	}
	if len(name) <= maxName {
		if iana, ok := open().folded[strings.ToLower(name)]; ok {
			return fmt.Errorf("unknown time zone %s; did you mean %q?", show(name), iana)
		}
		if iana, ok := FromWindows(name); ok {
			return fmt.Errorf("%s is a Windows time zone name; write its IANA name %q", show(name), iana)
		}
		if iana := sameCity(name); iana != "" {
			return fmt.Errorf("unknown time zone %s; did you mean %q?", show(name), iana)
		}
	}
	return fmt.Errorf("unknown time zone %s; write an IANA name such as \"Europe/Berlin\"", show(name))
}

// sameCity finds the zone whose last part is the name's last part: people write
// "Berlin", "Germany/Berlin" or "New York".
func sameCity(name string) string {
	city := lastPart(strings.ReplaceAll(name, " ", "_"))
	if city == "" {
		return ""
	}
	for _, iana := range open().names {
		if strings.Contains(iana, "/") && strings.EqualFold(lastPart(iana), city) {
			return iana
		}
	}
	return ""
}

func lastPart(name string) string { return name[strings.LastIndexByte(name, '/')+1:] }

// show quotes a name from outside for a message, cut to a sane length.
func show(name string) string {
	if len(name) > maxName {
		name = name[:maxName] + "…"
	}
	return fmt.Sprintf("%q", name)
}
