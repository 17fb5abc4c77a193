package simulate_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"weir/engine"
	"weir/policies"
	"weir/recording"
	"weir/simulate"
)

// The recordings of these tests are of one organisation with Ann and Bob; T0 is
// their first capture and the others follow an hour apart.
const (
	ann = "0055g00000AnnAAAAA"
	bob = "0055g00000BobAAAAA"
)

// world is a recording in the making.
type world struct {
	fstest.MapFS
}

func newWorld() world {
	w := world{fstest.MapFS{}}
	w.file("recording.json", fmt.Sprintf(`{"format": "weir.recording/1",
		"organization": {"name": "Acme", "time_zone": "UTC", "email_domains": ["acme.example"]},
		"sync_identities": ["0055g00000SyncAAAA"],
		"users": [{"salesforce_id": %q, "mailbox": "ann@acme.example", "provider": "office365"},
		          {"salesforce_id": %q, "mailbox": "bob@acme.example", "provider": "office365"}]}`, ann, bob))
	w.salesforce(0, "User", row("User", ann, `"Name":"Ann","Email":"ann@acme.example","IsActive":true`),
		row("User", bob, `"Name":"Bob","Email":"bob@acme.example","IsActive":true`))
	for _, kind := range []string{"Contact", "Task", "Event", "EventRelation"} {
		w.salesforce(0, kind)
	}
	for _, who := range []string{"ann", "bob"} {
		for _, kind := range []string{"contacts", "tasks", "events"} {
			w.mailbox(0, who, kind)
		}
	}
	return w
}

func (w world) file(name, text string) { w.MapFS[name] = &fstest.MapFile{Data: []byte(text)} }

func stamp(hour int) string { return fmt.Sprintf("20260504T%02d0000Z", 8+hour) }

func row(kind, id, fields string) string {
	return fmt.Sprintf(`{"attributes":{"type":%q},"Id":%q,%s}`, kind, id, fields)
}

// salesforce records a full query of a kind.
func (w world) salesforce(hour int, kind string, rows ...string) {
	w.file("salesforce/"+stamp(hour)+"/"+kind+".json",
		fmt.Sprintf(`{"totalSize":%d,"done":true,"records":[%s]}`, len(rows), strings.Join(rows, ",")))
}

// mailbox records a full read of a kind.
func (w world) mailbox(hour int, who, kind string, rows ...string) {
	w.file("mailboxes/"+who+"@acme.example/"+stamp(hour)+"/"+kind+".json", fmt.Sprintf(`{"value":[%s]}`, strings.Join(rows, ",")))
}

func (w world) links(hour int, who, text string) {
	w.file("mailboxes/"+who+"@acme.example/"+stamp(hour)+"/links.json", text)
}

// contact is a Salesforce contact, card a mailbox one; both of Jo Park.
func contact(id, owner, job, by string, minute int) string {
	return row("Contact", id, fmt.Sprintf(`"OwnerId":%q,"FirstName":"Jo","LastName":"Park","Email":"jo@globex.example","Title":%q,
		"CreatedDate":"2026-01-01T08:00:00.000+0000","LastModifiedDate":%q,"LastModifiedById":%q`, owner, job, at(minute), by))
}

func card(id, job, category string, minute int) string {
	return fmt.Sprintf(`{"id":%q,"givenName":"Jo","surname":"Park","emailAddresses":[{"address":"jo@globex.example"}],"jobTitle":%q,
		"categories":[%q],"createdDateTime":"2026-01-01T08:00:00Z","lastModifiedDateTime":%q}`, id, job, category, at(minute))
}

// at is so many minutes after T0.
func at(minute int) string {
	return time.Date(2026, 5, 4, 8, minute, 0, 0, time.UTC).Format("2006-01-02T15:04:05.000Z")
}

const jo = "0035g00000JoPkAAAA"

func (w world) run(t *testing.T, policy string) *simulate.Result {
	t.Helper()
	r, diags := recording.Open(w.MapFS, recording.Options{})
	for _, d := range diags {
		t.Log(d.Error())
	}
	require.False(t, diags.HasErrors(), diags)
	set := policies.Default()
	if policy != "" {
		set, diags = policies.Load(fstest.MapFS{"org.hcl": {Data: []byte(policy)}}, policies.LoadOptions{})
		require.False(t, diags.HasErrors(), diags)
	}
	res, diags, err := simulate.Run(context.Background(), r, set, simulate.Options{Every: 30 * time.Minute})
	require.NoError(t, err)
	require.False(t, diags.HasErrors(), diags)
	return res
}

// story is a run's operations: session, user, op, on, row.
func story(res *simulate.Result) []string {
	out := []string{}
	for _, p := range res.Sessions {
		for _, u := range p.Users {
			for _, op := range u.Operations {
				held := ""
				if op.Held {
					held = " held " + op.HeldBy.Code
				}
				out = append(out, fmt.Sprintf("%d %s %s %s %s%s", p.Session, strings.Split(u.User, "@")[0], op.Op, op.On, op.Row, held))
			}
		}
	}
	return out
}

func codes(findings []engine.Finding) []string {
	out := []string{}
	for _, f := range findings {
		out = append(out, f.Code)
	}
	return out
}

func TestWhatTheRealSyncMadeIsLeftOut(t *testing.T) {
	w := newWorld()
	w.salesforce(0, "Contact", contact(jo, ann, "Buyer", ann, -60))
	// The real sync makes a copy, then Ann edits it in her mailbox.
	w.mailbox(1, "ann", "contacts", card("real-1", "Buyer", "Salesforce", 31))
	w.links(1, "ann", `[{"kind":"contact","record_id":"`+jo+`","item_id":"real-1","born":"salesforce"}]`)
	w.mailbox(2, "ann", "contacts", card("real-1", "Head of Purchasing", "Salesforce", 95))
	// The real sync carries the edit up, under its own login.
	w.salesforce(3, "Contact", contact(jo, ann, "Head of Purchasing", "0055g00000SyncAAAA", 125))
	res := w.run(t, "")
	assert.Equal(t, []string{"1 ann create mailbox create", "5 ann update salesforce update-up"}, story(res))
	assert.NotContains(t, codes(res.Findings), "unreachable_action")
}

func TestASyncsUpdateIsLeftOut(t *testing.T) {
	w := newWorld()
	w.salesforce(0, "Contact", contact(jo, ann, "Buyer", ann, -60))
	w.mailbox(0, "ann", "contacts", card("c1", "Buyer", "Salesforce", -60))
	w.links(0, "ann", `[{"kind":"contact","record_id":"`+jo+`","item_id":"c1","born":"salesforce"}]`)
	w.salesforce(1, "Contact", contact(jo, ann, "Chief", ann, 20))
	w.mailbox(1, "ann", "contacts", card("c1", "Chief", "Salesforce", 31))
	res := w.run(t, "org {\n contacts {\n downsync = false\n }\n}\n")
	assert.Empty(t, story(res), "with the switch off the copy keeps the old title, whatever the real sync wrote")
	assert.Contains(t, codes(res.Findings), "diverged")
}

func TestAnActionOnNothingIsSaid(t *testing.T) {
	w := newWorld()
	w.salesforce(0, "Contact", contact(jo, ann, "Buyer", ann, -60))
	w.mailbox(1, "ann", "contacts", card("real-1", "Buyer", "Salesforce", 31))
	w.links(1, "ann", `[{"kind":"contact","record_id":"`+jo+`","item_id":"real-1","born":"salesforce"}]`)
	w.mailbox(2, "ann", "contacts", card("real-1", "Chief", "Salesforce", 95))
	res := w.run(t, "org {\n contacts {\n downsync = false\n }\n}\n")
	assert.Empty(t, story(res))
	assert.Contains(t, codes(res.Findings), "unreachable_action")
}

func TestTwoUploadsOfOneThing(t *testing.T) {
	w := newWorld()
	w.mailbox(0, "ann", "contacts", card("a1", "Buyer", "Salesforce", -60))
	w.mailbox(0, "bob", "contacts", card("b1", "Buyer", "Salesforce", -60))
	w.mailbox(1, "ann", "tasks")
	res := w.run(t, "org {\n contacts {\n scope = \"all\"\n }\n}\n")
	assert.Equal(t, []string{"1 ann create salesforce upload", "1 bob create salesforce upload", "2 bob link link adopt"}, story(res))
	assert.Contains(t, codes(res.Findings), "superseded")
}

func TestDeletionReachesOthersInTheNextSession(t *testing.T) {
	w := newWorld()
	w.salesforce(0, "Contact", contact(jo, ann, "Buyer", ann, -60))
	w.mailbox(0, "ann", "contacts", card("a1", "Buyer", "Salesforce", -60))
	w.mailbox(0, "bob", "contacts", card("b1", "Buyer", "Salesforce", -60))
	w.links(0, "ann", `[{"kind":"contact","record_id":"`+jo+`","item_id":"a1","born":"salesforce"}]`)
	w.links(0, "bob", `[{"kind":"contact","record_id":"`+jo+`","item_id":"b1","born":"salesforce"}]`)
	w.file("mailboxes/ann@acme.example/"+stamp(1)+"/contacts.delta.json", `{"value":[{"id":"a1","@removed":{"reason":"deleted"}}]}`)
	w.mailbox(2, "ann", "tasks")
	res := w.run(t, "org {\n contacts {\n scope = \"all\"\n }\n}\n")
	assert.Equal(t, []string{"3 ann delete salesforce remove", "4 bob delete mailbox withdraw"}, story(res))
	require.Len(t, res.Sessions, 4)
	assert.Equal(t, "3/ann@acme.example/contact/"+recordID(res)+"/delete", res.Sessions[2].Users[1].Operations[0].Cause)
	assert.Contains(t, codes(res.Findings), "cross_user_delete")
}

func recordID(res *simulate.Result) string { return res.Sessions[1].Users[0].Operations[0].RecordID }

func TestOptionsThatMakeNoSense(t *testing.T) {
	r, _ := recording.Open(newWorld().MapFS, recording.Options{})
	for name, opts := range map[string]simulate.Options{
		"before the first capture": {From: r.First().Add(-time.Second)},
		"the end before the start": {From: r.First(), To: r.First().Add(-time.Second)},
		"no time between sessions": {Every: -time.Minute},
	} {
		_, _, err := simulate.Run(context.Background(), r, policies.Default(), opts)
		assert.Error(t, err, name)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, _, err := simulate.Run(ctx, r, policies.Default(), simulate.Options{})
	assert.ErrorIs(t, err, context.Canceled)
}

func TestSessionsAreCounted(t *testing.T) {
	w := newWorld()
	w.mailbox(3, "ann", "tasks")
	r, _ := recording.Open(w.MapFS, recording.Options{})
	for want, opts := range map[int]simulate.Options{
		7: {},
		4: {Every: time.Hour},
		2: {Sessions: 2},
		1: {From: r.Last()},
	} {
		res, _, err := simulate.Run(context.Background(), r, policies.Default(), opts)
		require.NoError(t, err)
		assert.Equal(t, want, res.SessionsRun)
		assert.NotEmpty(t, res.Sessions)
	}
}

func TestTheLaterOfTwoEditsStands(t *testing.T) {
	w := newWorld()
	w.salesforce(0, "Contact", contact(jo, ann, "Buyer", ann, -60))
	for who, id := range map[string]string{"ann": "a1", "bob": "b1"} {
		w.mailbox(0, who, "contacts", card(id, "Buyer", "Salesforce", -60))
		w.links(0, who, `[{"kind":"contact","record_id":"`+jo+`","item_id":"`+id+`","born":"salesforce"}]`)
	}
	w.mailbox(1, "ann", "contacts", card("a1", "Later", "Salesforce", 25))
	w.mailbox(1, "bob", "contacts", card("b1", "Earlier", "Salesforce", 20))
	w.mailbox(2, "ann", "tasks")
	res := w.run(t, "org {\n contacts {\n scope = \"all\"\n }\n}\n")
	last := ""
	for _, p := range res.Sessions {
		for _, u := range p.Users {
			for _, op := range u.Operations {
				if op.On == engine.OnSalesforce && !op.Superseded {
					last = op.Changes[0].To.(string)
				}
			}
		}
	}
	assert.Equal(t, "Later", last)
	assert.Equal(t, 1, res.Summary.Operations.Salesforce.Update, "what is superseded is not counted")
}

// operations lists a run's operations by id.
func operations(res *simulate.Result) map[string]engine.Operation {
	out := map[string]engine.Operation{}
	for _, p := range res.Sessions {
		for _, u := range p.Users {
			for _, op := range u.Operations {
				out[op.ID] = op
			}
		}
	}
	return out
}

// linked is a world in which Ann and Bob have copies of Jo Park, born in Salesforce.
func linked() world {
	w := newWorld()
	w.salesforce(0, "Contact", contact(jo, ann, "Buyer", ann, -60))
	for who, id := range map[string]string{"ann": "a1", "bob": "b1"} {
		w.mailbox(0, who, "contacts", card(id, "Buyer", "Salesforce", -60))
		w.links(0, who, `[{"kind":"contact","record_id":"`+jo+`","item_id":"`+id+`","born":"salesforce"}]`)
	}
	return w
}

const everybody = "org {\n contacts {\n scope = \"all\"\n }\n}\n"

// The sync wrote under Ann's own login: what it wrote is known by what the other
// side held.
func TestASyncWithoutALoginOfItsOwn(t *testing.T) {
	w := linked()
	w.mailbox(1, "ann", "contacts", card("a1", "Chief", "Salesforce", 25))
	w.salesforce(1, "Contact", contact(jo, ann, "Chief", ann, 31)) // the sync, as Ann
	w.mailbox(2, "bob", "contacts", card("b1", "Chief", "Salesforce", 62))
	w.mailbox(3, "ann", "tasks")
	res := w.run(t, everybody)
	assert.Equal(t, []string{"2 ann update salesforce update-up", "3 bob update mailbox update-down"}, story(res))
	assert.Equal(t, simulate.ReplayCounts{Replayed: 1, LeftOut: 2}, res.Replay)
}

// A person who goes back to an earlier value does so, although the other side held
// it once.
func TestGoingBackIsAPersonsDoing(t *testing.T) {
	w := linked()
	w.mailbox(1, "ann", "contacts", card("a1", "Chief", "Salesforce", 25))
	w.salesforce(1, "Contact", contact(jo, ann, "Chief", ann, 31))
	w.mailbox(2, "ann", "contacts", card("a1", "Buyer", "Salesforce", 95))
	w.mailbox(3, "ann", "tasks")
	res := w.run(t, everybody)
	assert.Equal(t, []string{"2 ann update salesforce update-up", "3 bob update mailbox update-down", "5 ann update salesforce update-up", "6 bob update mailbox update-down"}, story(res))
	assert.Equal(t, 2, res.Replay.Replayed)
}

// The real sync kept no list of links: what it made is known by its keys.
func TestWhatTheSyncMadeIsKnownWithoutLinks(t *testing.T) {
	w := newWorld()
	w.salesforce(0, "Contact", contact(jo, ann, "Buyer", ann, -60))
	w.mailbox(1, "ann", "contacts", card("real-1", "Buyer", "Salesforce", 31))
	w.mailbox(2, "ann", "contacts", card("real-1", "Chief", "Salesforce", 95))
	w.mailbox(3, "ann", "tasks")
	res := w.run(t, "")
	assert.Equal(t, []string{"1 ann create mailbox create", "5 ann update salesforce update-up"}, story(res))
	assert.Equal(t, simulate.ReplayCounts{Replayed: 1, LeftOut: 1}, res.Replay)
}

// Links that a file no longer states still tell what was the same thing.
func TestFormerLinksAreRemembered(t *testing.T) {
	w := newWorld()
	w.salesforce(0, "Contact", contact(jo, ann, "Buyer", ann, -60))
	lone := strings.ReplaceAll(card("real-1", "Buyer", "Salesforce", 31), "jo@globex.example", "j.park@globex.example")
	w.mailbox(1, "ann", "contacts", lone)
	w.links(1, "ann", `[{"kind":"contact","record_id":"`+jo+`","item_id":"real-1","born":"salesforce"}]`)
	w.file("mailboxes/ann@acme.example/"+stamp(2)+"/contacts.delta.json", `{"value":[{"id":"real-1","@removed":{"reason":"deleted"}}]}`)
	w.file("mailboxes/ann@acme.example/"+stamp(2)+"/capture.json", `{"complete":true}`)
	w.links(2, "ann", `[]`)
	w.mailbox(3, "ann", "tasks")
	res := w.run(t, "org {\n contacts {\n forbid_to_remove = false\n }\n limits {\n salesforce_deletes {\n percent = 100\n }\n }\n}\n")
	assert.Equal(t, []string{"1 ann create mailbox create", "5 ann delete salesforce remove"}, story(res))
}

// A copy that went while it was out of the real sync's reach may have been removed by
// either: it is shown and stays as it is.
func TestARemovalThatMayBeEithersIsUndecided(t *testing.T) {
	w := linked()
	// The record is Bob's by now, so it left Ann's scope.
	w.salesforce(1, "Contact", contact(jo, bob, "Buyer", bob, 20))
	w.file("mailboxes/ann@acme.example/"+stamp(2)+"/contacts.delta.json", `{"value":[{"id":"a1","@removed":{"reason":"deleted"}}]}`)
	w.mailbox(3, "ann", "tasks")
	res := w.run(t, everybody)
	assert.Empty(t, story(res))
	assert.Equal(t, simulate.ReplayCounts{Replayed: 1, Undecided: 1}, res.Replay)
	for _, f := range res.Findings {
		if f.Code == "undecided" {
			assert.Equal(t, []string{"ann@acme.example"}, f.Users)
			assert.Equal(t, []string{"a1"}, f.Items)
			assert.Contains(t, f.Text, "Jo Park")
			return
		}
	}
	t.Error("nothing says that it is undecided")
}

// Deleting what the simulated world has not is an action on nothing, too.
func TestADeletionOfNothingIsUnreachable(t *testing.T) {
	w := newWorld()
	w.salesforce(0, "Contact", contact(jo, ann, "Buyer", ann, -60))
	w.mailbox(1, "ann", "contacts", card("real-1", "Buyer", "Salesforce", 31))
	w.links(1, "ann", `[{"kind":"contact","record_id":"`+jo+`","item_id":"real-1","born":"salesforce"}]`)
	w.file("mailboxes/ann@acme.example/"+stamp(2)+"/contacts.delta.json", `{"value":[{"id":"real-1","@removed":{"reason":"deleted"}}]}`)
	res := w.run(t, "org {\n contacts {\n downsync = false\n }\n}\n")
	assert.Empty(t, story(res))
	assert.Equal(t, simulate.ReplayCounts{LeftOut: 1, Unreachable: 1}, res.Replay)
}

// Every operation of a cascade names the one before it.
func TestCausesMakeAChain(t *testing.T) {
	w := linked()
	w.file("mailboxes/ann@acme.example/"+stamp(1)+"/contacts.delta.json", `{"value":[{"id":"a1","@removed":{"reason":"deleted"}}]}`)
	w.mailbox(2, "ann", "tasks")
	res := w.run(t, everybody)
	ops := operations(res)
	withdrawn := ops["4/bob@acme.example/contact/"+recordID(res)+"/delete"]
	require.NotEmpty(t, withdrawn.Cause)
	removed := ops[withdrawn.Cause]
	assert.Equal(t, "remove", removed.Row)
	assert.Empty(t, removed.Cause, "a person began it")
}

// Of two people who write a record in one session, each hears of the other in the next.
func TestEachOfTwoWritersFollowsFromTheOther(t *testing.T) {
	w := linked()
	w.mailbox(1, "ann", "contacts", card("a1", "Chief", "Salesforce", 25))
	w.mailbox(1, "bob", "contacts", strings.Replace(card("b1", "Buyer", "Salesforce", 20), `"Park"`, `"Parker"`, 1))
	w.mailbox(2, "ann", "tasks")
	res := w.run(t, everybody)
	ops := operations(res)
	for who, other := range map[string]string{"ann": "bob", "bob": "ann"} {
		down := ops["3/"+who+"@acme.example/contact/"+recordID(res)+"/update"]
		assert.Equal(t, engine.OnMailbox, down.On)
		assert.Equal(t, "2/"+other+"@acme.example/contact/"+recordID(res)+"/update", down.Cause)
	}
}

// What a person has touched since follows from them, not from the session before.
func TestATouchEndsAChain(t *testing.T) {
	w := linked()
	w.mailbox(1, "ann", "contacts", card("a1", "Chief", "Salesforce", 25)) // session 2 sends it up
	w.salesforce(1, "Contact", contact(jo, ann, "Boss", bob, 40))          // and Bob changes it again before session 3
	w.mailbox(2, "ann", "tasks")
	res := w.run(t, everybody)
	for _, op := range operations(res) {
		if op.On == engine.OnMailbox {
			assert.Empty(t, op.Cause, op.ID)
		}
	}
	assert.Contains(t, story(res), "3 bob update mailbox update-down")
}
