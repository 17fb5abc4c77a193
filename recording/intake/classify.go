package intake

import (
	"bytes"
	"fmt"
	"iter"
	"net/url"
	"path"
	"regexp"
	"strings"
	"time"
)

// dialect is what a mailbox's file says about the service it comes from.
type dialect struct {
	provider string // the manifest's word, "" where it does not say
}

// sign is something in a file that tells what it is. Signs are tried in order.
type sign struct {
	ext   string // what the file's name ends in, "" for any
	has   *regexp.Regexp
	found func(f *File, match [][]byte)
}

func ofSalesforce(what, folder string) func(*File, [][]byte) {
	return func(f *File, _ [][]byte) { f.Side, f.What, f.folder = Salesforce, what, folder }
}

func ofMailbox(what, provider string) func(*File, [][]byte) {
	return func(f *File, match [][]byte) {
		f.Side, f.What, f.provider = Mailbox, what, provider
		if len(match) > 1 {
			if owner, err := url.QueryUnescape(string(match[1])); err == nil && isAddress(owner) {
				f.Owner = strings.ToLower(owner)
			}
		}
	}
}

// listViewMetadata keeps the object's name, which the file itself does not have: it
// is the folder above listViews, as in a Salesforce project.
func listViewMetadata(f *File, _ [][]byte) {
	object := path.Base(path.Dir(path.Dir(f.Path)))
	if !strings.EqualFold(path.Base(path.Dir(f.Path)), "listViews") || object == "." || object == "/" {
		object = "Contact"
	}
	f.Side, f.What, f.folder = Salesforce, "a list view's definition", "listviews/"+clean(object)+"/listViews"
}

func rows(f *File, match [][]byte) {
	f.Side, f.What = Salesforce, string(match[1])+" rows"
	if len(match[1]) > 40 {
		f.What = "rows"
	}
}

// signs tell a file by its beginning.
var signs = []sign{
	{"listview-meta.xml", regexp.MustCompile(`<ListView`), listViewMetadata},
	{".xml", regexp.MustCompile(`<(?:\w+:)?(?:Envelope|GetItemResponse|FindItemResponse|SyncFolderItemsResponse|GetFolderResponse|FindFolderResponse)\b`), ofMailbox("an Exchange answer", "exchange")},
	{"", regexp.MustCompile(`(?i)^\s*BEGIN:VCALENDAR`), ofMailbox("a calendar", "")},
	{"", regexp.MustCompile(`(?i)^\s*BEGIN:VCARD`), ofMailbox("contacts", "")},
	{".json", regexp.MustCompile(`"@odata\.context"\s*:\s*"[^"]*users\('([^']+)'\)`), ofMailbox("a Graph answer", "office365")},
	{".json", regexp.MustCompile(`"@odata\.(?:context|nextLink|deltaLink)"`), ofMailbox("a Graph answer", "office365")},
	{".json", regexp.MustCompile(`"kind"\s*:\s*"calendar#events"[^\[]*"summary"\s*:\s*"([^"\s]+@[^"\s]+)"`), ofMailbox("a Google calendar", "gmail")},
	{".json", regexp.MustCompile(`"kind"\s*:\s*"(?:calendar#|tasks#)`), ofMailbox("a Google answer", "gmail")},
	{".json", regexp.MustCompile(`"(?:connections|contactGroups)"\s*:\s*\[|"resourceName"\s*:\s*"(?:people|contactGroups)/`), ofMailbox("a Google answer", "gmail")},
	{".json", regexp.MustCompile(`"page"\s*:\s*"(?:new|legacy)"|"detailed_settings"\s*:`), ofMailbox("a settings page", "")},
	{".json", regexp.MustCompile(`"record_id"\s*:|"item_id"\s*:`), ofMailbox("links", "")},
	{".json", regexp.MustCompile(`"attributes"\s*:\s*\{\s*"type"\s*:\s*"(\w+)"`), rows},
	{".json", regexp.MustCompile(`"deletedRecords"\s*:`), ofSalesforce("deleted records", "")},
	{".json", regexp.MustCompile(`"resultsUrl"|"listviews"\s*:`), ofSalesforce("a list of list views", "listviews")},
	{".json", regexp.MustCompile(`"(?:whereCondition|scopeEntityId)"\s*:`), ofSalesforce("a list view's definition", "listviews")},
	{".json", regexp.MustCompile(`"columns"\s*:[\s\S]*"fieldNameOrPath"`), ofSalesforce("a list view's result", "listviews")},
	{".json", regexp.MustCompile(`"(?:childRelationships|actionOverrides|createable)"\s*:`), ofSalesforce("a describe", "describe")},
	{".json", regexp.MustCompile(`"(?:totalSize|nextRecordsUrl|latestDateCovered)"\s*:`), ofSalesforce("a Salesforce answer", "")},
	{".json", regexp.MustCompile(`"(?:iCalUId|isAllDay|givenName|emailAddresses|dueDateTime|businessPhones|lastModifiedDateTime)"\s*:`), ofMailbox("a Graph answer", "office365")},
	{".csv", regexp.MustCompile(`(?i)^"?(?:[\w .-]+"?[,;\t|^` + "`" + `]"?)*(?:Id|RecordId|EventId|[A-Za-z ]+ ID)"?\s*(?:[,;\t|^` + "`" + `\r\n]|$)`), ofSalesforce("an export", "")},
}

// classify tells what a file is by its beginning, else by the names on its path.
func (f *File) classify(head []byte) {
	f.name = path.Base(f.Path)
	lower := strings.ToLower(f.name)
	head = bytes.TrimLeft(head, " \t\r\n")
	for _, s := range signs {
		if !strings.HasSuffix(lower, s.ext) {
			continue
		}
		if match := s.has.FindSubmatch(head); match != nil {
			s.found(f, match)
			f.extend()
			return
		}
	}
	switch {
	case lower == "capture.json":
		f.What = explains
	case lower == "recording.json":
		f.Why = "it is a recording's manifest; the new one is made from the files"
	case len(head) == 0:
		f.Why = "it is empty"
	case strings.HasPrefix(lower, "."), lower == "thumbs.db":
		f.Why = "it is hidden"
	case strings.HasSuffix(lower, ".json"), strings.HasSuffix(lower, ".csv"), strings.HasSuffix(lower, ".xml"):
		f.byPath()
	default:
		f.Why = "it is in no format that weir reads"
	}
}

// explains is what a file holds that explains the others in its folder.
const explains = "what capture.json says of its folder"

// follow gives every capture.json the side, owner and instant of a file beside it.
func follow(files []File) {
	beside := map[string]*File{}
	for i := range files {
		if f := &files[i]; f.Side != NoSide && f.Why == "" && beside[f.dir()] == nil {
			beside[f.dir()] = f
		}
	}
	for i := range files {
		f := &files[i]
		if f.What != explains {
			continue
		}
		b := beside[f.dir()]
		if b == nil {
			f.Why = "nothing beside it has a place"
			continue
		}
		f.Side, f.Owner, f.At, f.Told = b.Side, b.Owner, b.At, b.Told
	}
}

// dir tells the folders of all sources apart.
func (f *File) dir() string { return fmt.Sprint(f.Source, "/", path.Dir(f.Path)) }

// extend gives a calendar or contacts without the usual ending theirs, because a
// recording goes by it.
func (f *File) extend() {
	want := map[string]string{"a calendar": ".ics", "contacts": ".vcf"}[f.What]
	if want != "" && !strings.HasSuffix(strings.ToLower(f.name), want) {
		f.name += want
	}
}

// byPath takes what the path says of a file whose content tells nothing, such as an
// answer without rows.
func (f *File) byPath() {
	parts := strings.Split(strings.ToLower(path.Dir(f.Path)), "/")
	for _, p := range parts {
		switch p {
		case "salesforce":
			f.Side, f.What = Salesforce, "an answer without rows"
			return
		case "mailboxes":
			f.Side, f.What = Mailbox, "an answer without rows"
			return
		}
	}
	if addressIn(f.Path) != "" {
		f.Side, f.What = Mailbox, "an answer without rows"
		return
	}
	f.Why = "neither its content nor its path tells what it is"
}

// addressPattern is an address on a path. A file's ending is no part of it.
var addressPattern = regexp.MustCompile(`(?i)[a-z0-9._%+'-]+@[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,}`)

// addressIn is the last address among the names on a path: that of a folder as it
// is, that of a file without its ending.
func addressIn(name string) string {
	dir, base := path.Split(name)
	stem := strings.TrimSuffix(base, path.Ext(base))
	if a := addressPattern.FindString(stem); a != "" {
		return strings.ToLower(a)
	}
	parts := strings.Split(strings.TrimSuffix(dir, "/"), "/")
	for i := len(parts) - 1; i >= 0; i-- {
		if a := addressPattern.FindString(parts[i]); a != "" {
			return strings.ToLower(a)
		}
	}
	return ""
}

func isAddress(s string) bool { return addressPattern.FindString(s) == s && s != "" }

// instantPattern is an instant on a path: 20260504T080000Z, 2026-05-04T08-00-00Z,
// 2026-05-04 and the like.
var instantPattern = regexp.MustCompile(`(20\d\d)-?([01]\d)-?([0-3]\d)(?:[T_ -]?([0-2]\d)[:.-]?([0-5]\d)(?:[:.-]?([0-5]\d))?Z?)?`)

// instantOf is the last instant among the names on a path, in UTC; a date alone is
// its midnight.
func instantOf(name string) (time.Time, bool) {
	parts := strings.Split(name, "/")
	for i := len(parts) - 1; i >= 0; i-- {
		m := instantPattern.FindStringSubmatch(parts[i])
		if m == nil {
			continue
		}
		text := m[1] + m[2] + m[3]
		for _, clock := range m[4:] {
			if clock == "" {
				clock = "00"
			}
			text += clock
		}
		if at, err := time.Parse("20060102150405", text); err == nil {
			return at, true
		}
	}
	return time.Time{}, false
}

func keysOf[V any](m map[string]V) iter.Seq[string] {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}
