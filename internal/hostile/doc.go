// Package hostile holds no code, only tests: policies and settings that mean
// harm, each read in a process of its own whose memory is bounded, so that what
// a pull request contains can cost no more than a diagnostic. It exists apart
// because the cases concern several packages, and because a test that runs out
// of memory must not take the others along.
//
// To add a case, add it to cases; a language's own file may do so in an init.
package hostile
