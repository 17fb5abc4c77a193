package jsonstream_test

import (
	"fmt"
	"strings"
	"testing"

	"weir/recording/jsonstream"
)

// counting is a visitor that counts rows with an Id.
type counting struct {
	log
	rows int
}

func (c *counting) Row(_ string, v *jsonstream.Value) {
	if v.Get("Id").Text() != "" {
		c.rows++
	}
}

// BenchmarkWalk reads one query page of 2,000 Task rows; the figures of
// docs/decisions/0003 are of the same rows.
func BenchmarkWalk(b *testing.B) {
	const n = 2000
	var doc strings.Builder
	doc.WriteString(`{"totalSize":2000,"done":true,"records":[`)
	for i := range n {
		if i > 0 {
			doc.WriteString(",\n")
		}
		fmt.Fprintf(&doc, `{"attributes":{"type":"Task","url":"/services/data/v60.0/sobjects/Task/00T0000000%05dEAA"},"Id":"00T0000000%05dEAA","Subject":"Call %d about the renewal","Status":"Not Started","Priority":"Normal","IsClosed":false,"ActivityDate":"2026-05-06","Description":"Ask about the renewal and the new site in Lyon.","TaskSubtype":"Task","WhoId":"003000000000001AAA","OwnerId":"005000000000001AAA","CreatedDate":"2026-01-04T07:00:00.000+0000","LastModifiedDate":"2026-05-01T08:15:30.000+0000","LastModifiedById":"005000000000001AAA"}`, i, i, i)
	}
	doc.WriteString("]}")
	b.SetBytes(int64(doc.Len()))
	b.ReportAllocs()
	for b.Loop() {
		v := &counting{}
		if err := jsonstream.Walk(strings.NewReader(doc.String()), jsonstream.Limits{}, v); err != nil || v.rows != n {
			b.Fatal(err, v.rows)
		}
	}
}
