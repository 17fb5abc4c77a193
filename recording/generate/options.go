package generate

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Options say what to make.
type Options struct {
	// Users are the people with mailboxes; at least 1.
	Users int
	// Contacts, Tasks and Events are the records of the whole organisation in
	// Salesforce.
	Contacts, Tasks, Events int
	// Sessions are the instants at which captures are taken; at least 1. The first
	// are full, the rest are changes, save for one more full capture of Salesforce
	// at the end.
	Sessions int
	// Seed chooses among organisations.
	Seed uint64
	// Providers say whose mailboxes people have; nil is Office 365 for everybody.
	Providers []Share
	// CSV: Salesforce's full captures are Bulk query results instead of REST answers.
	CSV bool
	// Start is the first session; zero is 2026-05-04T06:00:00Z. Every is the time
	// between two; zero is half an hour.
	Start time.Time
	Every time.Duration
}

// Share is how many of the people have a provider's mailboxes, in proportion to the
// other shares.
type Share struct {
	Provider string
	Weight   int
}

// ParseProviders reads "office365=60,exchange=20"; a provider alone has the weight 1.
func ParseProviders(text string) ([]Share, error) {
	var out []Share
	for part := range strings.SplitSeq(text, ",") {
		name, weight, given := strings.Cut(strings.TrimSpace(part), "=")
		n := 1
		if given {
			var err error
			if n, err = strconv.Atoi(strings.TrimSpace(weight)); err != nil {
				return nil, fmt.Errorf("%q is no weight: write provider=NUMBER, such as office365=60", weight)
			}
		}
		out = append(out, Share{strings.TrimSpace(name), n})
	}
	return out, nil
}

// Most of anything: numbers beyond make no sense in ids of their length.
const (
	mostUsers    = 1_000_000
	mostRecords  = 100_000_000
	mostSessions = 100_000
)

// Check says what is wrong with the options; nil if nothing is.
func (o Options) Check() error {
	_, err := o.orDefaults()
	return err
}

// orDefaults checks the options and fills in what was left out.
func (o Options) orDefaults() (Options, error) {
	for _, n := range []struct {
		name        string
		n, low, top int
	}{
		{"users", o.Users, 1, mostUsers}, {"contacts", o.Contacts, 0, mostRecords}, {"tasks", o.Tasks, 0, mostRecords},
		{"events", o.Events, 0, mostRecords}, {"sessions", o.Sessions, 1, mostSessions},
	} {
		if n.n < n.low || n.n > n.top {
			return o, fmt.Errorf("the number of %s is %d; it must be %d to %d", n.name, n.n, n.low, n.top)
		}
	}
	if o.Start.IsZero() {
		o.Start = time.Date(2026, 5, 4, 6, 0, 0, 0, time.UTC)
	}
	if o.Every <= 0 {
		o.Every = 30 * time.Minute
	}
	o.Start = o.Start.UTC().Truncate(time.Second)
	if len(o.Providers) == 0 {
		o.Providers = []Share{{providers[0].name, 1}}
	}
	return o, checkShares(o.Providers)
}

func checkShares(shares []Share) error {
	total := 0
	for i, s := range shares {
		switch {
		case providerNamed(s.Provider) == nil:
			return fmt.Errorf("there are no mailboxes of %q: weir writes those of %s", s.Provider, strings.Join(Providers(), ", "))
		case s.Weight < 0 || s.Weight > mostUsers:
			return fmt.Errorf("the share of %s is %d; it must be 0 to %d", s.Provider, s.Weight, mostUsers)
		case slices.ContainsFunc(shares[:i], func(o Share) bool { return o.Provider == s.Provider }):
			return fmt.Errorf("%s has two shares; give it one", s.Provider)
		}
		total += s.Weight
	}
	if total == 0 {
		return fmt.Errorf("nobody has a mailbox: give a provider a share above 0")
	}
	return nil
}
