package check

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"unicode/utf8"

	"weir/engine"
	"weir/simulate"
)

// This file reads plans and simulations that were written as JSON before, and
// compares them with what is made of the same inputs now.

// VerifyFormat names the JSON form of a verification.
const VerifyFormat = "weir.verify/1"

// Verification says whether a saved plan or simulation is what its inputs give.
type Verification struct {
	Format   string      `json:"format"`
	Verdict  Sameness    `json:"verdict"`
	Document string      `json:"document"` // the saved document's format
	Stale    []StaleFrom `json:"stale"`    // the inputs that changed; empty unless the verdict is stale
	// Path is the first place at which the document differs from what its inputs give,
	// as in "/users/0/operations/3/op"; "" unless the verdict is tampered.
	Path string `json:"path"`
	Text string `json:"text"` // the verdict in words
}

// Sameness is a verification's outcome in one word.
type Sameness string

// The outcomes.
const (
	Same     Sameness = "same"
	Stale    Sameness = "stale"    // an input has changed since
	Tampered Sameness = "tampered" // the inputs are the same, and give something else
	Unbound  Sameness = "unbound"  // a digest is missing, or is none that weir knows
)

// StaleFrom is an input that changed: "policy", "recording", "weir" or
// "time_zones"; with what the document says and what it is now.
type StaleFrom struct {
	Input string `json:"input"`
	Saved string `json:"saved"`
	Now   string `json:"now"`
}

// Saved is the part of a saved document that says what it was made of.
type Saved struct {
	Format          string           `json:"format"`
	PolicyDigest    string           `json:"policy_digest"`
	RecordingDigest string           `json:"recording_digest"`
	WeirVersion     string           `json:"weir_version"`
	TimeZones       string           `json:"time_zones"`
	Options         *engine.MadeWith `json:"-"`
	OptionsDigest   string           `json:"options_digest"`
}

var knownDigest = regexp.MustCompile(`^sha256:[0-9a-f]{64}$`)

// ReadSaved reads what a saved document was made of. An error says why it is no
// document that can be verified at all.
func ReadSaved(src []byte) (*Saved, error) {
	doc, err := parse(src)
	if err != nil {
		return nil, err
	}
	top, ok := doc.(*object)
	if !ok {
		return nil, errors.New("it holds no JSON object")
	}
	s := &Saved{}
	for name, to := range map[string]*string{"format": &s.Format, "policy_digest": &s.PolicyDigest, "recording_digest": &s.RecordingDigest,
		"weir_version": &s.WeirVersion, "time_zones": &s.TimeZones, "options_digest": &s.OptionsDigest} {
		*to, _ = top.values[name].(string)
	}
	switch s.Format {
	case engine.PlanFormat, simulate.Format:
	case "":
		return nil, fmt.Errorf("it has no format; weir verifies %s and %s", engine.PlanFormat, simulate.Format)
	default:
		return nil, fmt.Errorf("its format is %q; weir verifies %s and %s", s.Format, engine.PlanFormat, simulate.Format)
	}
	var in struct {
		Options json.RawMessage `json:"options"`
	}
	if err := json.Unmarshal(src, &in); err != nil || in.Options == nil {
		return s, nil
	}
	dec := json.NewDecoder(bytes.NewReader(in.Options))
	dec.DisallowUnknownFields()
	options := &engine.MadeWith{}
	if dec.Decode(options) == nil && top.values["options"] != nil {
		s.Options = options
	}
	return s, nil
}

// Lacking names what binds the document and is missing or unknown; "" if nothing is.
func (s *Saved) Lacking() string {
	for _, f := range [...]struct{ name, value string }{{"policy_digest", s.PolicyDigest}, {"recording_digest", s.RecordingDigest}, {"options_digest", s.OptionsDigest}} {
		switch {
		case f.value == "":
			return f.name
		case !knownDigest.MatchString(f.value):
			return f.name
		}
	}
	switch {
	case s.WeirVersion == "":
		return "weir_version"
	case s.TimeZones == "":
		return "time_zones"
	}
	return ""
}

// Difference is the path of the first value in which two JSON documents differ, in
// the order of the one that is wanted; "" where they hold the same. White space and
// the order of names in an object do not count.
func Difference(want, got []byte) (string, error) {
	a, err := parse(want)
	if err != nil {
		return "", err
	}
	b, err := parse(got)
	if err != nil {
		return "", err
	}
	path, differ := difference(a, b, "")
	if differ && path == "" {
		path = "/"
	}
	return path, nil
}

func difference(want, got any, path string) (string, bool) {
	switch w := want.(type) {
	case *object:
		g, ok := got.(*object)
		if !ok {
			return path, true
		}
		for _, name := range append(slices.Clone(w.names), g.names...) {
			at := path + "/" + escapeToken(name)
			a, inWanted := w.values[name]
			b, inGot := g.values[name]
			if !inWanted || !inGot {
				return at, true
			}
			if p, differ := difference(a, b, at); differ {
				return p, true
			}
		}
		return "", false
	case []any:
		g, ok := got.([]any)
		if !ok {
			return path, true
		}
		for i := range max(len(w), len(g)) {
			at := fmt.Sprintf("%s/%d", path, i)
			if i >= len(w) || i >= len(g) {
				return at, true
			}
			if p, differ := difference(w[i], g[i], at); differ {
				return p, true
			}
		}
		return "", false
	}
	switch got.(type) {
	case *object, []any:
		return path, true
	}
	return path, want != got
}

// escapeToken writes a name as a JSON pointer does.
func escapeToken(name string) string {
	var out []byte
	for i := range len(name) {
		switch name[i] {
		case '~':
			out = append(out, "~0"...)
		case '/':
			out = append(out, "~1"...)
		default:
			out = append(out, name[i])
		}
	}
	return string(out)
}

// object is a JSON object with its names in order.
type object struct {
	names  []string
	values map[string]any
}

// maxDepth bounds the nesting of what is read.
const maxDepth = 100

// parse reads one JSON document, strictly: a name that stands twice in an object
// would let two readers see two documents, and is an error.
func parse(src []byte) (any, error) {
	if !utf8.Valid(src) {
		return nil, errors.New("it is no JSON: it is not in UTF-8")
	}
	dec := json.NewDecoder(bytes.NewReader(src))
	dec.UseNumber()
	v, err := value(dec, 0)
	if err != nil {
		return nil, notJSON(dec, err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("there is more after the first JSON document (byte %d); lines of ndjson are not bound to their inputs", dec.InputOffset())
	}
	return v, nil
}

func notJSON(dec *json.Decoder, err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errors.New("it is no JSON: it ends too early")
	}
	return fmt.Errorf("it is no JSON that can be verified: %w (byte %d)", err, dec.InputOffset())
}

func value(dec *json.Decoder, depth int) (any, error) {
	token, err := dec.Token()
	if err != nil {
		return nil, err
	}
	delim, ok := token.(json.Delim)
	switch {
	case !ok:
		return token, nil
	case depth == maxDepth:
		return nil, fmt.Errorf("nested more than %d deep", maxDepth)
	case delim == '[':
		list := []any{}
		for dec.More() {
			v, err := value(dec, depth+1)
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		_, err = dec.Token()
		return list, err
	}
	return members(dec, depth)
}

func members(dec *json.Decoder, depth int) (any, error) {
	o := &object{values: map[string]any{}}
	for dec.More() {
		token, err := dec.Token()
		if err != nil {
			return nil, err
		}
		name, _ := token.(string)
		if _, twice := o.values[name]; twice {
			return nil, fmt.Errorf("the name %q stands twice in an object", name)
		}
		v, err := value(dec, depth+1)
		if err != nil {
			return nil, err
		}
		o.names = append(o.names, name)
		o.values[name] = v
	}
	_, err := dec.Token()
	return o, err
}
