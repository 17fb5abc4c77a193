package policies

import _ "embed"

// DefaultsFile is the name under which the embedded lowest layer stands in
// origins and positions.
const DefaultsFile = "defaults.hcl"

//go:embed defaults.hcl
var defaultsSource []byte

//go:embed starter.hcl
var starterSource []byte

// Defaults is the text of the embedded lowest layer.
func Defaults() []byte { return append([]byte(nil), defaultsSource...) }

// Starter is the text of a commented policy to begin with. It changes little
// against the defaults and is valid as it stands.
func Starter() []byte { return append([]byte(nil), starterSource...) }
