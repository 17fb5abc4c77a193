// Package version holds weir's own version, which digests and the version command
// share. It is a constant, not a build setting, so that the same source gives the
// same digests however it was built.
package version

// Version is weir's own version; a release changes it.
const Version = "0.1.0-dev"
