package render

import (
	"fmt"
	"io"
	"strings"

	"weir/compare"
	"weir/engine"
)

// shownFlips is how many flips the text lists of one kind of person before --full.
const shownFlips = 20

// Comparison writes what a change of policy changes: headline, before and after, who
// is to blame, then the flips.
func Comparison(w io.Writer, r *compare.Report, opts TextOptions) error {
	p := newPrinter(w, opts.Color)
	head := "No decision changes for any of " + people(r.People)
	if r.Flips > 0 {
		head = fmt.Sprintf("%s for %s of %s", changed(r.Flips), Thousands(r.Affected), people(r.People))
	}
	if len(r.Recordings) == 0 {
		head = count(len(r.Causes), "change", "changes") + " of the policy; without a recording, what they do is not known"
	}
	p.line(p.paint(bold, joinDots(head, Escape(r.Old.Name)+" → "+Escape(r.New.Name))))
	p.blank()
	if len(r.Recordings) > 0 {
		p.line(fmt.Sprintf("  %-8s%10s%10s%10s%10s   %s", "", "creations", "updates", "restores", "removals", "in Salesforce: creations, updates, removals; held"))
		for _, c := range []CountRow{countRow("before", r.Before), countRow("after", r.After)} {
			p.line(fmt.Sprintf("  %-8s%10s%10s%10s%10s   %s, %s, %s; %s", c.Label, Thousands(c.Creations), Thousands(c.Updates), Thousands(c.Restores), Thousands(c.Removals),
				Thousands(c.SFCreations), Thousands(c.SFUpdates), Thousands(c.SFRemove), Thousands(c.Held)))
		}
		p.blank()
	}
	if n := losingMost(r.Users); n > 0 {
		p.line(p.paint(bad, count(n, "person loses", "people lose")+" more than half of their copies"))
	}
	for _, c := range r.Causes {
		text := "flips nothing in these recordings"
		if c.Flips > 0 {
			text = changed(c.Flips) + " for " + people(c.People)
		}
		if len(r.Recordings) == 0 {
			text = ""
		}
		if text != "" {
			text = ": " + text
		}
		p.line("  " + Escape(c.What) + " " + Escape(c.Text) + refPlace(c.New, c.Old) + text)
	}
	if r.MoreSets {
		p.line("  " + notAllTried)
	}
	p.proofs(r.Proofs, opts.Summary)
	if opts.Summary {
		return p.flush()
	}
	b := &Brief{Titles: true}
	user := ""
	for i, f := range r.Decisions {
		if i == shownFlips && !opts.Full {
			p.blank()
			p.line("… and " + Thousands(len(r.Decisions)-i) + " more  (--full lists all)")
			break
		}
		if f.User != user {
			p.blank()
			p.line(p.paint(bold, Escape(f.User)))
			user = f.User
		}
		p.line(fmt.Sprintf("  %s  session %d: %s → %s", label(f.Kind, Truncate(b.thing(f.Kind, f.Title, f.RecordID, f.ItemID), maxTitleWidth)), f.Session, b.decision(f.Before), b.decision(f.After)),
			p.causes(r, f))
	}
	return p.flush()
}

func (p *printer) causes(r *compare.Report, f compare.Flip) string {
	return "  [" + because(r, f) + "]"
}

// because names the changes of the policy behind a flip: the fewest that suffice, or,
// where those are not known, what the decisions quote.
func because(r *compare.Report, f compare.Flip) string {
	var names []string
	for _, c := range f.Causes {
		names = append(names, Escape(r.Causes[c].What))
	}
	text := strings.Join(names, " + ")
	switch {
	case len(names) == 0:
		return "follows from the changes together"
	case !f.Suffice:
		return "which changes suffice is not known; quoted: " + strings.Join(names, ", ")
	case len(r.Causes) == 1:
		return text
	case len(names) == 1:
		text += " alone suffices"
	default:
		text += " together suffice"
	}
	if f.OtherSets > 0 {
		text += ", and so " + map[bool]string{true: "does", false: "do"}[f.OtherSets == 1] + " " + count(f.OtherSets, "other set", "other sets") + " as small"
	}
	return text
}

// notAllTried is said where the search for sufficient changes ended before its end.
const notAllTried = "For some decisions not every set of changes was tried: weir diff --tries N tries more."

func refPlace(refs ...*engine.PolicyRef) string {
	for _, ref := range refs {
		if ref != nil && ref.File != "" {
			return " (" + place(ref) + ")"
		}
	}
	return ""
}
