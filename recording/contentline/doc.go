// Package contentline reads the lines that iCalendar and vCard files are made of:
// NAME;PARAM=value:value, folded over several lines of the file, in components
// between BEGIN and END. It is what the readers of both formats have in common,
// and knows nothing of what the properties mean.
//
// It reads one line at a time and remembers where every part of it stood. It takes
// what clients really write: folds inside a character, lines ended by CR or LF
// alone, parameters without a name (vCard 2.1), values in quoted-printable with soft
// line breaks, other character sets where CHARSET names one, UTF-16 by its byte
// order mark. Lines and components have a size past which they are cut, so that a
// photo or a bomb costs no more memory than a line.
package contentline
