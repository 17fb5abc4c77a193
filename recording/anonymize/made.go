package anonymize

import (
	"bufio"
	"errors"
	"io"
	"io/fs"
	"strings"

	"weir/recording/ical"
	"weir/recording/salesforce"
	"weir/recording/vcard"
	"weir/recording/wire"
)

// madeID begins the ids that readers of exports make of an item's content where
// nobody gave it one. Lists of links may name them.
const madeID = "made:"

// fixMade learns what becomes of made ids: the content of which they are made is
// rewritten, so the readers make others of it.
func (n *Names) fixMade(fsys fs.FS, files []string) error {
	for _, name := range files {
		if !hasLines(name) {
			continue
		}
		old, err := n.idsOf(fsys, name, func(r io.Reader, w io.Writer) error {
			_, err := io.Copy(w, r)
			return err
		})
		if err != nil {
			return err
		}
		if !strings.Contains(strings.Join(old, "\n"), madeID) {
			continue
		}
		made, err := n.idsOf(fsys, name, n.rewriteLines)
		if err != nil {
			return err
		}
		for i := range min(len(old), len(made)) {
			if strings.HasPrefix(old[i], madeID) && n.made[old[i]] == "" {
				n.made[old[i]] = made[i]
			}
		}
	}
	return nil
}

// hasLines reports a file of content lines.
func hasLines(name string) bool {
	name = strings.ToLower(name)
	return strings.HasSuffix(name, ".ics") || strings.HasSuffix(name, ".vcf")
}

// idsOf are the ids of a file's items in order, after it has been rewritten.
func (n *Names) idsOf(fsys fs.FS, name string, rewrite func(io.Reader, io.Writer) error) ([]string, error) {
	r, w := io.Pipe()
	failed := make(chan error, 1)
	go func() {
		err := n.through(fsys, name, w, rewrite)
		w.Close()
		failed <- err
	}()
	b := bufio.NewReader(r)
	head, _ := b.Peek(b.Size())
	read := ical.Read
	if vcard.Knows(head) {
		read = vcard.Read
	}
	var out wire.MailOutput
	read(b, wire.MailFile{Path: name}, &wire.MailEnv{Problems: &wire.Problems{}, RecordID: salesforce.FindID}, &out)
	r.CloseWithError(io.ErrClosedPipe)
	if err := <-failed; err != nil && ioFailure(err) && !errors.Is(err, io.ErrClosedPipe) {
		return nil, err
	}
	ids := make([]string, len(out.Rows))
	for i := range out.Rows {
		ids[i] = out.Rows[i].ID
	}
	return ids, nil
}
