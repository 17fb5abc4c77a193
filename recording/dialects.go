package recording

import (
	"bufio"
	"bytes"
	"io"
	"path"
	"strings"

	"weir/recording/ews"
	"weir/recording/google"
	"weir/recording/ical"
	"weir/recording/msgraph"
	"weir/recording/textpos"
	"weir/recording/vcard"
	"weir/recording/wire"
)

// dialect is one wire format of mailboxes: the only place where package recording
// knows which there are.
type dialect struct {
	// name is what capture.json may say before a dot: {"type": "graph.event"}.
	name string
	// provider is the manifest's word for mailboxes that speak it where the content
	// does not say; "" for none.
	provider string
	// knows tells the format by the beginning of a file, a byte order mark and
	// white space taken away.
	knows func(head []byte) bool
	read  func(io.Reader, wire.MailFile, *wire.MailEnv, *wire.MailOutput) *textpos.Error
}

// dialects are tried in this order; the last is what anything else is read as.
var dialects = []dialect{
	{"ews", "", ews.Knows, ews.Read},
	{"ical", "", ical.Knows, ical.Read},
	{"vcard", "", vcard.Knows, vcard.Read},
	{"google", "gmail", google.Knows, google.Read},
	{"graph", "", msgraph.Knows, msgraph.Read},
}

// extensions are file names' ends that say which dialect a file should have had,
// where its content says nothing.
var extensions = map[string]string{".ics": "ical", ".vcf": "vcard"}

// sniffed is how much of a file is looked at to tell its format.
const sniffed = 16 << 10

// dialectOf chooses the reader of a file: what capture.json says, else the content's
// own evidence, else the end of its name, else the mailbox's provider.
func dialectOf(declared, name, provider string, head []byte) *dialect {
	if d := dialectNamed(declared); d != nil {
		return d
	}
	head = bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\xEF\xBB\xBF")), " \t\r\n")
	named := dialectNamed(extensions[strings.ToLower(path.Ext(name))])
	if named != nil && bytes.HasPrefix(head, []byte("<")) {
		return named // a web page in place of an export
	}
	for i := range dialects {
		if dialects[i].knows(head) {
			return &dialects[i]
		}
	}
	if named != nil {
		return named
	}
	for i := range dialects {
		if d := &dialects[i]; d.provider != "" && d.provider == provider {
			return d
		}
	}
	return &dialects[len(dialects)-1]
}

// dialectNamed is the dialect of a name; nil if there is none.
func dialectNamed(name string) *dialect {
	for i := range dialects {
		if name != "" && dialects[i].name == name {
			return &dialects[i]
		}
	}
	return nil
}

// readMail reads a mailbox's file in the format it has.
func readMail(r io.Reader, declared, provider string, in wire.MailFile, env *wire.MailEnv, out *wire.MailOutput) *textpos.Error {
	b := bufio.NewReaderSize(r, sniffed)
	head, _ := b.Peek(sniffed)
	return dialectOf(declared, in.Path, provider, head).read(b, in, env, out)
}
