package jsonstream

import (
	"fmt"
	"github.com/stretchr/testify/require"
	"strings"
	"testing"
)

type tv struct{ log []string }

func (t *tv) Member(p string) Action {
	if p == "" {
		return Enter
	}
	if p == "records" {
		return Rows
	}
	if p == "s" {
		return Skip
	}
	return Take
}
func (t *tv) Value(p string, v *Value) {
	t.log = append(t.log, fmt.Sprint("v ", p, " ", v.Kind, " ", v.Str, " ", v.Pos))
}
func (t *tv) Row(p string, v *Value) {
	t.log = append(t.log, fmt.Sprint("r ", p, " ", v.Get("a").Text(), " ", v.Get("a").Where()))
}
func (t *tv) Problem(e *Error) { t.log = append(t.log, e.Error()) }
func TestQuick(t *testing.T) {
	v := &tv{}
	err := Walk(strings.NewReader("{\"x\":1,\n \"s\":{\"deep\":[[1]]},\n\"records\":[{\"a\":\"é\",\"b\":2},\n  {\"é\":1,\"a\":\"\\u00e9x\"}, "+strings.Repeat("[", 80)+strings.Repeat("]", 80)+", {\"a\":\"z\"}],\"y\":tru}"), Limits{}, v)
	for _, l := range v.log {
		t.Log(l)
	}
	t.Log(err)
	require.NotNil(t, err)
}
