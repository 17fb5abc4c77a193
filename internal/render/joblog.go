package render

import "io"

// JobLog is a writer for text that ends in the log of a job on GitHub. The runner looks for
// commands in it: in lines that begin with "::", blanks apart, and in "##[" anywhere. A space
// keeps what is written from being either.
func JobLog(w io.Writer) io.Writer { return &jobLog{w: w, blank: true} }

// markup is a writer for HTML and XML: "##[" of a text is written so that it reads the same
// there and is no command in a log.
type markup struct {
	w      io.Writer
	hashes int
}

func (m *markup) Write(p []byte) (int, error) {
	out := make([]byte, 0, len(p)+8)
	for _, c := range p {
		if c == '[' && m.hashes >= 2 {
			out = append(out, "&#91;"...)
		} else {
			out = append(out, c)
		}
		if m.hashes++; c != '#' {
			m.hashes = 0
		}
	}
	if _, err := m.w.Write(out); err != nil {
		return 0, err
	}
	return len(p), nil
}

// jobLog remembers the line as far as it is written.
type jobLog struct {
	w      io.Writer
	blank  bool // nothing but blanks, or what may be one, so far
	colon  bool // and then a colon
	hashes int  // of what was written last
}

func (l *jobLog) Write(p []byte) (int, error) {
	out := make([]byte, 0, len(p)+8)
	for _, c := range p {
		if c == ':' && l.colon || c == '[' && l.hashes >= 2 {
			out = append(out, ' ')
		}
		out = append(out, c)
		l.colon = c == ':' && l.blank
		if l.hashes++; c != '#' {
			l.hashes = 0
		}
		switch {
		case c == '\n' || c == '\r':
			l.blank = true
		case c > ' ' && c < 0x80: // bytes beyond ASCII may belong to a blank
			l.blank = false
		}
	}
	if _, err := l.w.Write(out); err != nil {
		return 0, err
	}
	return len(p), nil
}
