package generate

import (
	"io"
	"maps"
	"strings"

	"weir/recording/ews"
	"weir/recording/google"
	"weir/recording/msgraph"
	"weir/recording/wire"
	"weir/state"
)

// provider is a mail service as the generator knows it.
type provider struct {
	// name is the manifest's word for it.
	name string
	// write writes a file; end is the end of the file's name.
	write func(io.Writer, wire.Payload) error
	end   string
	// lists are the files beside a full capture that give names to ids.
	lists func(*box) []listFile
	// says is what capture.json has to say of the files of a capture.
	says func(full bool, files []string) map[string]any
	// flat: contacts lie in no folders. contact begins a contact's id. blank is the
	// kind whose items have no place for a record's id.
	flat    bool
	contact string
	blank   state.Kind
}

// listFile is a small file beside a capture.
type listFile struct {
	name  string
	write func(io.Writer) error
}

// providers are those that can be written. The first is the usual one.
var providers = []provider{
	{name: "office365", write: msgraph.Write, end: ".json", lists: graphLists, says: nothing},
	{name: "exchange", write: ews.Write, end: ".xml", lists: noLists, says: folders},
	{name: "gmail", write: google.Write, end: ".json", lists: googleLists, says: googleSays, flat: true, contact: "people/c", blank: state.Task},
}

// Providers lists the providers by the manifest's words.
func Providers() []string {
	var out []string
	for _, p := range providers {
		out = append(out, p.name)
	}
	return out
}

func providerNamed(name string) *provider {
	for i := range providers {
		if providers[i].name == name {
			return &providers[i]
		}
	}
	return nil
}

func noLists(*box) []listFile { return nil }

func nothing(bool, []string) map[string]any { return nil }

// graphLists are the lists of contact folders and of To Do lists, of which Graph
// leaves out the default ones.
func graphLists(b *box) []listFile {
	var out []listFile
	for _, c := range b.collections {
		if c.own {
			continue
		}
		p := b.payload(c)
		name := map[state.Kind]string{state.Contact: "contactFolders.json", state.Task: "todoLists.json"}[c.kind]
		out = append(out, listFile{name, func(w io.Writer) error {
			return msgraph.WriteFolders(w, p.Mailbox, p.Kind, []msgraph.Folder{{ID: p.FolderID, Name: p.Folder}})
		}})
	}
	return out
}

// folders says which folder each file shows.
func folders(_ bool, files []string) map[string]any {
	out := map[string]any{}
	for _, name := range files {
		plain, _, _ := strings.Cut(name, ".")
		for _, c := range collections {
			if c.name == plain && c.folder != "" {
				out[name] = map[string]string{"folder": c.folder}
			}
		}
	}
	if len(out) == 0 {
		return nil
	}
	return map[string]any{"files": out}
}

func googleLists(*box) []listFile {
	return []listFile{{"contactGroups.json", func(w io.Writer) error { return google.WriteGroups(w, []string{marker, renamedMarker}) }}}
}

// googleSays adds what Google's answers leave open: whether they are everything, and
// which fields of contacts were asked for.
func googleSays(full bool, files []string) map[string]any {
	var lists []string
	for _, name := range files {
		if strings.HasPrefix(name, "tasks") {
			lists = append(lists, name)
		}
	}
	out := map[string]any{"contact": map[string]any{"fields": "names,emailAddresses,phoneNumbers,organizations,memberships,externalIds,metadata"}}
	if full {
		out["delta"] = false
	}
	maps.Copy(out, folders(full, lists))
	return out
}
