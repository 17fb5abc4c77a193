package policies

import (
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"
)

func TestSmoke(t *testing.T) {
	d := Default()
	for _, e := range Catalogue() {
		t.Log(e.Path, e.Format(d.OrgLimits().Get(e.Setting).Value), d.OrgLimits().Get(e.Setting).Origin)
	}
	_, diags := Load(fstest.MapFS{"a.hcl": &fstest.MapFile{Data: Starter()}}, LoadOptions{})
	require.Empty(t, diags)
}
