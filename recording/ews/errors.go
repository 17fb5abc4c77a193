package ews

import (
	"strings"

	"weir/recording/wire"
	"weir/recording/xmlstream"
)

// remedies are what to do about the errors that recordings meet most.
var remedies = map[string]string{
	"ErrorInvalidSyncStateData": "The sync state is no longer good. Nothing counts as deleted for it: sync the folder again without a SyncState, and say \"delta\": false for that answer in capture.json.",
	"ErrorServerBusy":           "The server was busy. Wait as long as it says, and ask again.",
	"ErrorTimeoutExpired":       "The request took too long. Ask for fewer items at a time.",
	"ErrorItemNotFound":         "An item was gone when it was asked for, but the answer does not say which; this counts as no deletion. What a listing or a sync says about it does.",
	"ErrorSyncFolderNotFound":   "The folder was not found. Its items count as not recorded, not as deleted.",
	"ErrorFolderNotFound":       "The folder was not found. Its items count as not recorded, not as deleted.",
	"ErrorAccessDenied":         "The account may not read this. Ask as somebody who may.",
}

// judge looks at a response message once it has been read.
func (f *file) judge() {
	m := f.msg
	if m.class != "Error" && m.class != "Warning" {
		return
	}
	code := m.code
	if code == "" {
		code = "an error without a code"
	}
	remedy, ok := remedies[m.code]
	if !ok {
		remedy = "Record it again."
	}
	f.env.Problems.Warn(f.in.Path, m.pos, "Exchange answered with an error", "%s: %s %s", wire.Clip(code), sentence(m.text), remedy)
	if m.op == opGet && m.code == "ErrorItemNotFound" {
		return
	}
	f.lost = append(f.lost, "Exchange answered "+wire.Clip(code))
}

// fault is a whole request that failed.
func (f *file) fault(n *xmlstream.Node) {
	f.answered = true
	code := n.At("detail", "ResponseCode").Word()
	if code == "" {
		code = n.At("Detail", "ResponseCode").Word()
	}
	text := n.Get("faultstring").Word()
	if text == "" {
		text = n.At("Reason", "Text").Word()
	}
	if code == "" {
		code = "a SOAP fault"
	}
	remedy, ok := remedies[code]
	if !ok {
		remedy = "Record it again."
	}
	f.env.Problems.Warn(f.in.Path, n.Pos, "Exchange answered with an error", "%s: %s %s", wire.Clip(code), sentence(text), remedy)
	f.lost = append(f.lost, "Exchange answered "+wire.Clip(code))
}

// sentence is foreign text that ends with a full stop.
func sentence(s string) string {
	if s = strings.TrimRight(wire.Clip(s), ". "); s == "" {
		return ""
	}
	return s + "."
}
