// Package intake lays loose exports out as a recording: given files in whatever
// folders and archives people keep them, it finds out of each which side it comes
// from, whose mailbox it shows and when it was taken, and names its place. Payloads
// are never changed; what cannot be placed is listed with the reason and the
// remedy.
//
// What a file is comes from its content first, then from the names on its path. The
// instant comes from the option, else from the path, else from the time at which
// the file was saved: files of one side saved within an hour of each other are one
// capture, at the latest of their instants.
package intake
