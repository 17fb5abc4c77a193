package simulate

import (
	"context"
	"flag"
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"weir/engine"
	"weir/internal/refmodel"
	"weir/internal/refmodel/worlds"
)

// TestSessionsRememberWhatTheReferenceModelSays lets random worlds live on, with
// simulated sessions between what people do, and compares after every session what is
// kept of each link with what the reference model says must be.
func TestSessionsRememberWhatTheReferenceModelSays(t *testing.T) {
	sessions := 0
	more(t, 400)
	rapid.Check(t, func(t *rapid.T) {
		r := &remembering{}
		worlds.Live(t, func(w *worlds.World) error {
			sessions++
			return r.session(w)
		}, func(*worlds.World, worlds.Gen) {})
	})
	t.Logf("%d sessions", sessions)
	require.NotZero(t, sessions)
}

// more has a test check more worlds than others do, unless more are asked for.
func more(t *testing.T, checks int) {
	was := flag.Lookup("rapid.checks").Value.String()
	if n, err := strconv.Atoi(was); err == nil && n < checks {
		require.NoError(t, flag.Set("rapid.checks", strconv.Itoa(checks)))
		t.Cleanup(func() { require.NoError(t, flag.Set("rapid.checks", was)) })
	}
}

// remembering leads a random world through simulated sessions.
type remembering struct {
	world *world
	n     int
}

func (r *remembering) session(w *worlds.World) error {
	if r.world == nil {
		var err error
		if r.world, err = newWorld(w.Snap); err != nil {
			return err
		}
		w.Boxes = r.world.boxes
	}
	r.n++
	w.Snap = r.world.snapshot(w.Snap, w.Snap.At)
	r.world.watchMarkers(w.Snap)
	eng, diags := engine.NewSession(w.Snap, w.Set, engine.Options{Session: r.n})
	if diags.HasErrors() {
		return diags
	}
	before := r.world.clone()
	as := *w
	as.Snap, as.Boxes = before.snapshot(w.Snap, w.Snap.At), before.boxes
	as.Snap.Records = before.records
	world := as.Describe()
	model := &refmodel.Model{Snap: as.Snap, Policy: w.Policy}
	var drafts []*engine.Draft
	for _, u := range w.Snap.Users {
		d, err := eng.Draft(context.Background(), u)
		if err != nil {
			return err
		}
		drafts = append(drafts, d)
	}
	plan := eng.Assemble(drafts)
	decided, wrong := as.Judge(model, plan)
	if wrong != "" {
		return fmt.Errorf("session %d decided otherwise:\n%s\n%s", r.n, wrong, world)
	}
	for _, d := range drafts {
		r.world.moveOn(d.Relinks())
	}
	r.world.apply(plan, w.Snap, eng)
	want := model.Remember(decided, worlds.Carried(plan))
	for _, u := range w.Snap.Users {
		if diff := worlds.RememberedApart(want[u.Address], w.Boxes[u.Address].Links); diff != "" {
			return fmt.Errorf("session %d, what is kept of %s:\n%s\n%v\n%s", r.n, u.Address, diff, done(plan), world)
		}
	}
	w.Snap.At = w.Snap.At.Add(time.Minute)
	return nil
}
