package recording

import (
	"fmt"
	"slices"
	"time"

	"weir/recording/wire"
	"weir/state"
)

// completeness says whether the files of a capture show everything of their kind,
// and per file what is missing.
func completeness(feeds []*wire.Feed) (bool, []string) {
	var why []string
	for _, f := range feeds {
		for _, m := range f.Missing {
			why = append(why, f.File+": "+m)
		}
		if f.Partial != "" && f.Full && f.Declared != state.True {
			why = append(why, f.File+": "+f.Partial)
		}
	}
	for _, group := range groups(feeds) {
		if lack := missingPages(group); lack != "" {
			why = append(why, lack)
		}
	}
	return len(why) == 0, why
}

// groups are the files that may be pages of one answer: of one query or feed, all
// full or all changes. Files declared complete stand for themselves.
func groups(feeds []*wire.Feed) [][]*wire.Feed {
	var out [][]*wire.Feed
	index := map[string]int{}
	for _, f := range feeds {
		if f.Declared == state.True {
			continue
		}
		key := fmt.Sprint(f.Group, f.Full)
		i, ok := index[key]
		if !ok {
			i = len(out)
			index[key] = i
			out = append(out, nil)
		}
		out[i] = append(out[i], f)
	}
	return out
}

// missingPages says what the pages of one answer lack; "" if nothing. Pages say
// that more follow (Done is False), and how many rows there are in all; which page
// follows which they do not say.
func missingPages(pages []*wire.Feed) string {
	var open *wire.Feed
	ends, loose := 0, 0
	total, rows := -1, 0
	for _, p := range pages {
		switch {
		case p.Done == state.False:
			open = p
		case p.Total >= 0 && p.Rows < p.Total:
			loose++ // a last page that is not the only one
			ends++
		case p.Total >= 0:
			continue // whole by itself
		default:
			ends++
		}
		rows += p.Rows
		total = max(total, p.Total)
	}
	switch {
	case open != nil && ends == 0:
		return open.File + ": more pages follow it, and they were not recorded"
	case (open != nil || loose > 0) && total > rows:
		return fmt.Sprintf("%s: %d of %d rows were recorded", pages[len(pages)-1].File, rows, total)
	}
	return ""
}

// cover notes what is covered from this capture on.
func (t *timeline) cover(c kindCapture, full, complete bool, why []string) {
	next := t.coverageAt(c.at)
	if next.First.IsZero() {
		next.First = c.at
		if !full {
			next.Why = []string{c.feeds[0].File + ": the first capture holds changes only, so what was there before is not known"}
		}
	}
	next.Last = c.at
	switch {
	case full:
		next.Complete, next.Why, next.Bounds = complete, why, boundsOf(t.kind, c.feeds)
	case !complete:
		next.Complete = false
		next.Why = append(slices.Clone(next.Why), why...)
	}
	t.coverage = append(t.coverage, coverageAt{c.at, next})
}

func (t *timeline) coverageAt(at time.Time) state.Coverage { return coverageOf(t.coverage, at) }

func coverageOf(history []coverageAt, at time.Time) state.Coverage {
	for i := len(history) - 1; i >= 0; i-- {
		if !history[i].at.After(at) {
			return history[i].Coverage
		}
	}
	return state.Coverage{}
}

// boundsOf is the range all full files of a capture together show; nil if one of
// them shows everything. Ranges of one feed that follow each other add up; of
// several feeds (calendars) only what all show counts.
func boundsOf(k state.Kind, feeds []*wire.Feed) *state.Bounds {
	byFeed := map[string][]*wire.Feed{}
	for _, f := range feeds {
		if !f.Full {
			continue
		}
		if !f.Bounded || k != state.Event {
			return nil
		}
		byFeed[f.Group] = append(byFeed[f.Group], f)
	}
	var all *state.Bounds
	for _, list := range byFeed {
		b := joined(list)
		if all != nil && (b.From.IsZero() || all.From.IsZero()) {
			return &state.Bounds{}
		}
		if all != nil {
			b = state.Bounds{From: later(all.From, b.From), To: earlier(all.To, b.To)}
		}
		all = &b
	}
	return all
}

// joined is the range of one feed's files; zero if one is not known or they leave a gap.
func joined(list []*wire.Feed) state.Bounds {
	list = slices.Clone(list)
	slices.SortFunc(list, func(a, b *wire.Feed) int { return a.From.Compare(b.From) })
	b := state.Bounds{From: list[0].From, To: list[0].To}
	for _, f := range list {
		if f.From.IsZero() || f.To.IsZero() {
			// a page without links says nothing of its own if another page did
			continue
		}
		if b.From.IsZero() {
			b.From, b.To = f.From, f.To
			continue
		}
		if f.From.After(b.To) {
			return state.Bounds{}
		}
		b.To = later(b.To, f.To)
	}
	return b
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}
