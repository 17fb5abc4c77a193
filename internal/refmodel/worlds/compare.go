package worlds

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"weir/engine"
	"weir/internal/refmodel"
	"weir/state"
)

// Plan is what the engine would do in one session.
func (w *World) Plan() (*engine.Plan, error) {
	plan, diags, err := engine.MakePlan(context.Background(), w.Snap, w.Set, engine.Options{})
	if err == nil && diags.HasErrors() {
		err = diags
	}
	return plan, err
}

// Compare says how many things were decided, and where the engine and the model,
// broken by mutate if that is given, disagree; "" if nowhere. Rows are counted.
func (w *World) Compare(mutate func(string) string, rows map[string]int) (n int, wrong string) {
	plan, err := w.Plan()
	if err != nil {
		return 0, err.Error()
	}
	decided, wrong := w.Judge(&refmodel.Model{Snap: w.Snap, Policy: w.Policy, Row: mutate}, plan)
	for _, out := range decided {
		n += len(out)
		for _, d := range out {
			rows[d.Row]++
		}
	}
	return n, wrong
}

// Judge has the model decide the session of a plan, and says where the two disagree.
func (w *World) Judge(m *refmodel.Model, plan *engine.Plan) (decided map[string][]refmodel.Decision, wrong string) {
	decided = map[string][]refmodel.Decision{}
	whole := map[string]string{}
	for _, u := range w.Snap.Users {
		out, skipped, err := m.Decide(u)
		if err != nil {
			return decided, err.Error()
		}
		decided[u.Address], whole[u.Address] = out, skipped
	}
	m.Limit(decided)
	for i, u := range w.Snap.Users {
		out := decided[u.Address]
		if diff := apart(modelLines(out, whole[u.Address]), engineLines(&plan.Users[i])); diff != "" {
			wrong += u.Address + ":\n" + diff + w.RowsApart(u, out)
		}
	}
	return decided, wrong
}

// Carried tells by a plan what was carried out of it: neither held, nor struck by a
// fault, nor forestalled. An update may have been forestalled in part, which the model
// finds out itself.
func Carried(plan *engine.Plan) refmodel.Done {
	return func(u *state.User, d refmodel.Decision, a refmodel.Act) bool {
		for i := range plan.Users {
			for _, op := range plan.Users[i].Operations {
				if plan.Users[i].User == u.Address && op.Kind == d.Kind && cmp.Or(op.RecordID, op.ItemID) == d.ID && string(op.Op) == a.Op && string(op.On) == a.On {
					return !op.Held && op.Fault == "" && (!op.Superseded || op.Op == engine.OpUpdate)
				}
			}
		}
		return false
	}
}

// RememberedApart lists where the links that a session left are not those that the
// model says have to be remembered.
func RememberedApart(want []refmodel.Remembered, links *state.Links) string {
	var b strings.Builder
	have := links.All()
	for _, r := range want {
		i := slices.IndexFunc(have, func(l *state.Link) bool {
			return l.Kind == r.Kind && (r.RecordID == "" || l.RecordID == r.RecordID) && (r.ItemID == "" || l.ItemID == r.ItemID)
		})
		if i < 0 {
			fmt.Fprintf(&b, "  the model has a link of %s %s and %s\n", r.Kind, r.RecordID, r.ItemID)
			continue
		}
		l := have[i]
		have = slices.Delete(have, i, i+1)
		if model, kept := about(r.State, r.Born, r.Adopted, r.Base), about(l.State.String(), l.Born, l.Adopted != nil, l.Base); model != kept {
			fmt.Fprintf(&b, "  %s %s and %s:\n    model  %s\n    kept   %s\n", r.Kind, l.RecordID, l.ItemID, model, kept)
		}
	}
	for _, l := range have {
		fmt.Fprintf(&b, "  there is a link of %s %s and %s too many\n", l.Kind, l.RecordID, l.ItemID)
	}
	return b.String()
}

// about writes down what is remembered of a link.
func about(link string, born state.Side, adopted bool, base *state.Base) string {
	out := fmt.Sprintf("%s born=%s adopted=%t", link, born, adopted)
	if base == nil {
		return out + " base not kept"
	}
	for a := state.Attr(1); a < state.NumAttrs; a++ {
		if base.Has(a) {
			out += fmt.Sprintf(" %s=%q/%q", a, base.Record[a].String(), base.Item[a].String())
		}
	}
	return out
}

// modelLines and engineLines write decisions down alike.
func modelLines(out []refmodel.Decision, whole string) []string {
	counts := map[string]int{}
	var lines []string
	for _, d := range out {
		for _, a := range d.Acts {
			lines = append(lines, d.Kind+" "+d.ID+" "+a.String())
		}
		counts[d.Counted]++
	}
	return finish(lines, whole, counts["unchanged"], counts["unseen"], counts["others"], counts["personal"])
}

func engineLines(u *engine.UserPlan) []string {
	var lines []string
	for _, op := range u.Operations {
		a := refmodel.Act{Op: string(op.Op), On: string(op.On), Row: op.Row, Code: op.Reason.Code, Link: op.Link, Lost: op.Lost}
		if op.Held {
			a.Held = op.HeldBy.Code
		}
		if op.Op == engine.OpUpdate {
			for _, c := range op.Changes {
				a.Fields = append(a.Fields, c.Field)
			}
		}
		lines = append(lines, op.Kind+" "+cmp.Or(op.RecordID, op.ItemID)+" "+a.String())
	}
	for _, s := range u.Skipped {
		lines = append(lines, s.Kind+" "+cmp.Or(s.RecordID, s.ItemID)+" "+refmodel.Act{Op: "skip", Row: s.Row, Code: s.Reason.Code}.String())
	}
	whole := ""
	if u.SkippedWhole != nil {
		whole = u.SkippedWhole.Code
	}
	return finish(lines, whole, u.Summary.Unchanged, u.Summary.Unseen, u.Summary.Others, u.Summary.Personal)
}

func finish(lines []string, whole string, unchanged, unseen, others, personal int) []string {
	slices.Sort(lines)
	return append(lines, fmt.Sprintf("whole=%s unchanged=%d unseen=%d others=%d personal=%d", whole, unchanged, unseen, others, personal))
}

// apart lists the lines that only one of the two has.
func apart(model, engine []string) string {
	if slices.Equal(model, engine) {
		return ""
	}
	var b strings.Builder
	for _, line := range model {
		if !slices.Contains(engine, line) {
			fmt.Fprintf(&b, "  model  %s\n", line)
		}
	}
	for _, line := range engine {
		if !slices.Contains(model, line) {
			fmt.Fprintf(&b, "  engine %s\n", line)
		}
	}
	return b.String()
}

// AllRowsApart compares the rows of everything, for everybody.
func (w *World) AllRowsApart(mutate func(string) string) (wrong string) {
	m := &refmodel.Model{Snap: w.Snap, Policy: w.Policy, Row: mutate}
	for _, u := range w.Snap.Users {
		out, _, err := m.Decide(u)
		if err != nil {
			return err.Error()
		}
		wrong += w.RowsApart(u, out)
	}
	return wrong
}

// RowsApart asks the engine for the row of everything the model decided, and lists
// those that are not the model's.
func (w *World) RowsApart(u *state.User, out []refmodel.Decision) string {
	var b strings.Builder
	for _, d := range out {
		answers, _, err := engine.Explain(context.Background(), w.Snap, w.Set, u.Address, d.ID, engine.Options{})
		if err != nil {
			return err.Error()
		}
		for _, a := range answers {
			if a.Kind == d.Kind && cmp.Or(a.RecordID, a.ItemID) == d.ID && a.Row != d.Row {
				fmt.Fprintf(&b, "  %s %s: row %s by the model, %s by the engine\n", d.Kind, d.ID, d.Row, a.Row)
			}
		}
	}
	return b.String()
}

// Describe writes the world down for whoever reads a disagreement.
func (w *World) Describe() string {
	var b strings.Builder
	fmt.Fprintf(&b, "at %s\n%s", w.Snap.At.Format(time.RFC3339), HCL(w.Policy))
	table := func(name string, t *state.Table) {
		for _, o := range t.All() {
			for _, v := range o.Versions {
				fmt.Fprintf(&b, "%s %s %s %s %s seen=%s into=%s", name, t.Kind, o.ID, v.From.Format("01-02T15:04"), v.State, v.SeenAt.Format("01-02T15:04"), o.MergedInto)
				if it := v.Item; it != nil {
					for a := state.Attr(1); a < state.NumAttrs; a++ {
						if x := it.Value(a); x.IsKnown() {
							fmt.Fprintf(&b, " %s=%q", a, x.String())
						} else if x.IsRecorded() {
							fmt.Fprintf(&b, " %s=-", a)
						}
					}
					fmt.Fprintf(&b, " by=%s org=%s inv=%v/%s folder=%s/%t carries=%s uid=%s series=%v trunc=%t", it.BySync, it.Organizer, it.Invitees, it.InviteesKnown, it.Folder, it.FolderKnown, it.Carries, it.ICalUID, it.Series, it.AttendeesTruncated)
				}
				b.WriteString("\n")
			}
		}
		fmt.Fprintf(&b, "%s %s coverage %+v\n", name, t.Kind, t.Coverage)
	}
	for _, k := range state.Kinds() {
		table("record", w.Snap.Records[k])
	}
	for _, u := range w.Snap.Users {
		fmt.Fprintf(&b, "user %s %s profile=%q page=%+v\n", u.ID, u.Zone, u.Value(state.UserProfile).String(), u.Preference)
		for _, k := range state.Kinds() {
			table(u.ID, w.Boxes[u.Address].Items[k])
		}
		for _, l := range w.Boxes[u.Address].Links.All() {
			fmt.Fprintf(&b, "%s link %s %s %s %s born=%s adopted=%t off=%t\n", u.ID, l.Kind, l.RecordID, l.ItemID, l.State, l.Born, l.Adopted != nil, l.MarkerOff)
		}
	}
	fmt.Fprintf(&b, "access %v view %+v\n", w.Snap.Access, *w.Snap.Views[0])
	return b.String()
}
