package salesforce

import (
	"strings"

	"weir/state"
)

// IDProblem says what is wrong with an id. The zero value means nothing is.
type IDProblem uint8

// What can be wrong with an id.
const (
	IDFine     IDProblem = iota
	IDNoID               // not 15 or 18 letters and digits
	IDChecksum           // the last three characters do not fit the rest
	IDCase               // lower-cased; the case was restored from the last three
)

const checksumDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"

// NormalizeID makes an id 18 characters long. A 15-character id gets its three
// check characters, each of which says which of five characters are capitals. An
// 18-character id that was lower-cased gets its capitals back. What is no id, or
// contradicts its check characters, comes back as it is.
func NormalizeID(id string) (string, IDProblem) {
	if !alphanumeric(id) {
		return id, IDNoID
	}
	switch len(id) {
	case 15:
		sum := checksum(id)
		return id + string(sum[:]), IDFine
	case 18:
		sum := checksum(id)
		if id[15:] == string(sum[:]) {
			return id, IDFine
		}
		if fixed, ok := restoreCase(id); ok {
			return fixed, IDCase
		}
		return id, IDChecksum
	}
	return id, IDNoID
}

// checksum is the three check characters of an id's first 15.
func checksum(id string) (sum [3]byte) {
	for i := range sum {
		bits := 0
		for k, c := range []byte(id[i*5 : i*5+5]) {
			if c >= 'A' && c <= 'Z' {
				bits |= 1 << k
			}
		}
		sum[i] = checksumDigits[bits]
	}
	return sum
}

// restoreCase rebuilds a lower-cased id from its check characters; ok is false if
// it still has capitals, or if a digit would have to be one.
func restoreCase(id string) (string, bool) {
	if strings.ToLower(id[:15]) != id[:15] {
		return "", false
	}
	id = id[:15] + strings.ToUpper(id[15:])
	out := []byte(id)
	for i := range 3 {
		bits := strings.IndexByte(checksumDigits, id[15+i])
		if bits < 0 {
			return "", false
		}
		for k := range 5 {
			if bits>>k&1 == 0 {
				continue
			}
			c := &out[i*5+k]
			if *c < 'a' || *c > 'z' {
				return "", false
			}
			*c -= 'a' - 'A'
		}
	}
	return string(out), true
}

func alphanumeric(s string) bool {
	for i := range len(s) {
		c := s[i]
		if !(c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z') {
			return false
		}
	}
	return s != ""
}

// FindID normalises a text found somewhere else, if it is an id of a contact, task
// or event.
func FindID(s string) (id string, ok bool) {
	id, problem := NormalizeID(s)
	return id, problem != IDNoID && KindOfID(id) != state.KindInvalid
}
