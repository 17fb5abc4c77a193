package generate

import (
	"strconv"
	"time"

	"weir/recording/salesforce"
	"weir/state"
	"weir/state/zone"
)

// world is the organisation that is made.
type world struct {
	opts   Options
	dice   dice
	people []person
	plain  int // people without a part of their own
	cast   [2][4]casting
	sets   [2][4]dice // one for each sort of things
	parts  casting    // of people
	// sync, former and flow are Salesforce users without mailboxes: the user that the
	// sync writes as, one who left, and automation.
	sync, former, flow person
}

// person is a Salesforce user, with a mailbox or without.
type person struct {
	n               int
	id, first, last string
	address, zone   string
	loc             *time.Location
	today           state.Date // at the first session
	provider        *provider
	part            *Case // what happens to the person; nil for nothing
	at              int   // the session of it
	rank            int   // how many people without a part come before
	groups          []string
	profile, role   string
	active          bool
}

// domain is the organisation's own.
const domain = "acme.example"

// zones are the people's, the extremes first.
var zones = []string{"America/Los_Angeles", "Pacific/Auckland", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Europe/London", "Asia/Tokyo", "America/Sao_Paulo"}

func newWorld(opts Options) (*world, error) {
	w := &world{opts: opts, dice: dice(opts.Seed).of(0), parts: newCasting(func(c *Case) bool { return c.On == Person })}
	for _, kind := range state.Kinds() {
		for _, on := range [...]Place{InSalesforce, InMailbox} {
			w.sets[on][kind] = w.dice.of(2 + int(on)*4 + int(kind))
			w.cast[on][kind] = newCasting(func(c *Case) bool { return c.On == on && c.Kind == kind })
		}
	}
	dealt := dealer{shares: opts.Providers, dealt: make([]int, len(opts.Providers))}
	w.people = make([]person, opts.Users)
	for u := range w.people {
		if err := w.newPerson(&w.people[u], u, dealt.next()); err != nil {
			return nil, err
		}
		if w.people[u].part == nil {
			w.plain++
		}
	}
	for i, p := range []*person{&w.sync, &w.former, &w.flow} {
		if err := w.newPerson(p, opts.Users+i, nil); err != nil {
			return nil, err
		}
		p.part = nil
		p.first, p.last = [...]string{"Sync", "Former", "Automated"}[i], [...]string{"Service", "Colleague", "Process"}[i]
		p.address = plain(p.first) + "." + plain(p.last) + "@" + domain
		p.active = p != &w.former
	}
	return w, nil
}

func (w *world) newPerson(p *person, u int, via *provider) error {
	d := w.dice.of(1).of(u)
	*p = person{n: u, id: salesforce.ID("005", u), first: pick(d, 1, firstNames), last: pick(d, 2, lastNames), zone: zones[u%len(zones)],
		provider: via, rank: w.plain, active: true,
		profile: pick(d, 3, []string{"Sales", "Field Sales", "Marketing"}), role: pick(d, 4, []string{"EMEA", "Americas", "APAC"})}
	p.address = plain(p.first) + "." + plain(p.last) + "." + number36(u) + "@" + domain
	loc, err := zone.Load(p.zone)
	p.loc, p.today = loc, state.DateOf(w.opts.Start, loc)
	p.groups = []string{map[string]string{"EMEA": "emea", "Americas": "americas", "APAC": "apac"}[p.role]}
	// The first two people have no part, the next play each part once, the others any.
	switch {
	case u < 2:
	case u-2 < len(w.parts.roles):
		p.part = w.parts.roles[u-2]
	default:
		p.part = w.parts.draw(d.of(5))
	}
	p.at = w.session(d.of(6), p.part)
	if p.part != nil && p.part.groups != nil {
		p.groups = p.part.groups
	}
	return err
}

// name is the person's full name.
func (p *person) name() string { return p.first + " " + p.last }

// step is how far the person's part has come at a session.
func (p *person) step(session int) int {
	if p.part == nil {
		return 0
	}
	return stepAt(p.at, session)
}

func stepAt(at, session int) int { return min(2, max(0, session-at+1)) }

// never is the session of what does not happen in the recording.
const never = 1 << 40

// session chooses when a case happens: late enough that the captures before show how
// it was, early enough that the session after still shows what follows.
func (w *world) session(d dice, c *Case) int {
	switch n := w.opts.Sessions; {
	case c == nil || n < 2:
		return never
	case n == 2:
		return 1
	case c.together:
		return n / 2
	default:
		return 1 + d.roll(0, n-2)
	}
}

// instant is when a session takes place.
func (w *world) instant(session int) time.Time {
	return w.opts.Start.Add(time.Duration(session) * w.opts.Every)
}

// casting chooses who plays which case.
type casting struct {
	roles []*Case
	deck  []*Case // one of these at random: nil is none
}

const deckSize = 10_000

func newCasting(fits func(*Case) bool) casting {
	c := casting{deck: make([]*Case, 0, deckSize)}
	for i := range cases {
		if fits(&cases[i]) {
			c.roles = append(c.roles, &cases[i])
			for range deckSize / cases[i].Every {
				c.deck = append(c.deck, &cases[i])
			}
		}
	}
	return c
}

func (c *casting) draw(d dice) *Case {
	if at := d.roll(0, deckSize); at < len(c.deck) {
		return c.deck[at]
	}
	return nil
}

// dealer deals out providers in their proportions, evenly mixed.
type dealer struct {
	shares []Share
	dealt  []int
}

// next is the provider that is furthest behind its share.
func (d *dealer) next() *provider {
	best := -1
	for i, s := range d.shares {
		if s.Weight > 0 && (best < 0 || d.behind(i, best)) {
			best = i
		}
	}
	d.dealt[best]++
	return providerNamed(d.shares[best].Provider)
}

func (d *dealer) behind(i, j int) bool {
	return (d.dealt[i]+1)*d.shares[j].Weight < (d.dealt[j]+1)*d.shares[i].Weight
}

// total is how many things of a kind there are: records, or items that only
// mailboxes hold, of which everybody has about a tenth of their records.
func (w *world) total(on Place, kind state.Kind) int {
	n := [...]int{state.Contact: w.opts.Contacts, state.Task: w.opts.Tasks, state.Event: w.opts.Events}[kind]
	if on == InSalesforce || n == 0 {
		return n
	}
	return w.opts.Users * (1 + n/w.opts.Users/10)
}

func (w *world) person(u int) *person {
	return &w.people[(u%len(w.people)+len(w.people))%len(w.people)]
}

// thing is a record with its copies, or an item that only a mailbox holds.
type thing struct {
	w     *world
	on    Place
	kind  state.Kind
	n     int
	owner *person
	part  *Case
	at    int
	dice  dice
}

func (w *world) thing(on Place, kind state.Kind, n int) thing {
	t := thing{w: w, on: on, kind: kind, n: n, owner: w.person(n), dice: w.sets[on][kind].of(n), at: never}
	t.part = t.play()
	if t.part != nil && t.part.Pair && len(w.people) < 2 {
		t.part = nil
	}
	t.at = w.session(t.dice.of(1), t.part)
	return t
}

// play finds the case that a thing plays. Of the things of people without a part, the
// first play each case once, so that even a small recording has them all.
func (t *thing) play() *Case {
	cast := &t.w.cast[t.on][t.kind]
	round := t.n / len(t.w.people)
	if p := t.owner.part; p != nil {
		switch first := p.first; {
		case round == 0 && first.name != "" && first.on == t.on && first.kind == t.kind:
			return caseNamed(first.name)
		case p.sweep != nil:
			return nil
		}
	}
	if t.owner.part == nil {
		if at := round*t.w.plain + t.owner.rank; at < len(cast.roles) {
			return cast.roles[at]
		}
	}
	return cast.draw(t.dice)
}

// id36 is a short text that only this thing has.
func (t *thing) id36() string {
	return strconv.Itoa(int(t.on)) + strconv.Itoa(int(t.kind)) + number36(t.n)
}
