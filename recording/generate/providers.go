package generate

import (
	"io"

	"weir/recording/msgraph"
	"weir/recording/wire"
)

// provider is a mail service as the generator knows it.
type provider struct {
	// name is the manifest's word for it.
	name string
	// write writes a file; end is the end of the file's name.
	write func(io.Writer, wire.Payload) error
	end   string
	// folders lists the folders that its answers name by ids; nil if capture.json
	// says which folder a file shows.
	folders func(io.Writer, string, wire.Payload) error
}

// providers are those that can be written. The first is the usual one.
var providers = []provider{
	{"office365", msgraph.Write, ".json", graphFolders},
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

func graphFolders(w io.Writer, mailbox string, p wire.Payload) error {
	return msgraph.WriteFolders(w, mailbox, p.Kind, []msgraph.Folder{{ID: p.FolderID, Name: p.Folder}})
}
