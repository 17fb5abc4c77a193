package render

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"
	"pgregory.net/rapid"

	"weir/check"
	"weir/compare"
	"weir/engine"
	"weir/simulate"
)

// simulated is a run of several sessions, with a long title and words without blanks.
func simulated(o BriefOptions) *Brief {
	res := &simulate.Result{From: time.Date(2026, 5, 4, 8, 0, 0, 0, time.UTC), To: time.Date(2026, 5, 6, 8, 0, 0, 0, time.UTC), SessionsRun: 97}
	ops := []struct {
		op   engine.Op
		on   engine.Target
		kind string
	}{{engine.OpCreate, engine.OnMailbox, "contact"}, {engine.OpUpdate, engine.OnMailbox, "event"}, {engine.OpDelete, engine.OnMailbox, "contact"},
		{engine.OpDecline, engine.OnSalesforce, "event"}, {engine.OpFreeze, engine.OnLink, "task"}, {engine.OpRestore, engine.OnMailbox, "task"}}
	for s := range 12 {
		plan := &engine.Plan{Session: 1 + s*8, At: res.From.Add(time.Duration(s) * 4 * time.Hour)}
		for _, name := range []string{"ann.lee", "a.very.long.name.of.somebody.in.a.department.of.many.words"} {
			u := engine.UserPlan{User: name + "@acme.example"}
			for i, op := range ops {
				u.Operations = append(u.Operations, engine.Operation{Op: op.op, On: op.on, Kind: op.kind, RecordID: fmt.Sprintf("0035g0000%04d", s*10+i),
					Title: "Unbreakable" + strings.Repeat("x", 120), Held: i == 2 && s%3 == 0,
					Reason: engine.Reason{Code: "in_scope", Text: "owned by Ann Lee", Policy: &engine.PolicyRef{File: "policy/org.hcl", Line: 7}}})
			}
			plan.Users = append(plan.Users, u)
		}
		res.Sessions = append(res.Sessions, plan)
	}
	res.Findings = []engine.Finding{{Code: "limit_tripped", Severity: engine.SeverityError, Text: "removals held", Remedy: "check the list"},
		{Code: "frozen_copies", Severity: engine.SeverityNotice, Text: "kept"}}
	return SimulationBrief(res, Header{Organization: "Acme", Policy: "built-in default"}, TallyOf(res.Sessions...), o)
}

// The page's bars count what the plan's own summary counts: what is superseded or
// struck by a fault is shown, and counted nowhere.
func TestPageCounts(t *testing.T) {
	op := engine.Operation{Op: engine.OpCreate, On: engine.OnMailbox, Kind: "task", RecordID: "00T1"}
	superseded, failed := op, op
	superseded.Superseded, failed.Fault = true, "reject"
	p := &engine.Plan{Users: []engine.UserPlan{{User: "ann@acme.example", Operations: []engine.Operation{op, superseded, failed}}}}
	b := PlanBrief(p, Header{}, TallyOf(p), BriefOptions{})
	assert.Equal(t, []PersonRow{{User: "ann@acme.example", Creations: 1}}, b.People)
	out := written(t, HTML, b)
	assert.Contains(t, out, `<strong>1</strong> <span>creations and restores`)
	assert.Contains(t, out, "not done: superseded by another operation")
	assert.Contains(t, out, "not done: rejected")
}

// The bars of before and after share one scale, and what grows of removals stands out.
func TestPageBeforeAndAfter(t *testing.T) {
	r := &compare.Report{}
	r.Before.Operations.Mailbox = engine.MailboxCounts{Create: 200, Delete: 10}
	r.After.Operations.Mailbox = engine.MailboxCounts{Create: 100, Delete: 20}
	out := written(t, HTML, DiffBrief(r, BriefOptions{}))
	for _, bar := range []string{`c-before" width="100.0"`, `c-after" y="8" width="50.0"`, `c-before" width="5.0"`, `c-after" y="8" width="10.0"`} {
		assert.Equal(t, 1, strings.Count(out, bar), bar)
	}
	assert.Equal(t, 1, strings.Count(out, `class="dangerous"`))
}

// Bars of a timeline keep a gap between them and stay within it.
func TestTimelineHasGaps(t *testing.T) {
	for _, n := range []int{2, 5, 12, 100, 400, 5000} {
		var list []BriefSession
		for i := range n {
			list = append(list, BriefSession{Number: i + 1, Rows: []BriefRow{{Op: "create", Side: "mailbox"}}})
		}
		end, total := 0.0, 0
		for _, b := range drawTimeline(list, 0).Bars {
			var x, w float64
			_, err := fmt.Sscan(b.X+" "+b.W, &x, &w)
			require.NoError(t, err)
			assert.False(t, n <= 100 && end > 0 && x <= end, "%d sessions: a bar at %v after one that ends at %v", n, x, end)
			end = x + w
			total += b.Segments[0].Count
		}
		assert.InDelta(t, 1000, end, 0.1)
		assert.Equal(t, n, total)
	}
}

// A page stays small enough for a browser, keeps what takes away, and says what it
// leaves out.
func TestPageIsBounded(t *testing.T) {
	b := &Brief{}
	for i := range 100 {
		s := BriefSession{Number: i + 1, At: "4 May 2026 08:00 UTC"}
		for range 100 {
			s.Rows = append(s.Rows, BriefRow{User: "u", Op: "create", Side: "mailbox", Kind: "task", What: "made"})
		}
		s.Rows = append(s.Rows, BriefRow{User: "u", Op: "delete", Side: "mailbox", Kind: "task", What: "gone"})
		b.Sessions = append(b.Sessions, s)
		for range 10 {
			b.Findings = append(b.Findings, check.Finding{Rule: "r", Severity: engine.SeverityNotice, Text: "text"})
		}
	}
	out := written(t, HTML, b)
	assert.Equal(t, maxPageRows, strings.Count(out, `<tr role="row" data-user`))
	assert.Equal(t, 100, strings.Count(out, ">gone<"), "the last session's too")
	assert.Contains(t, out, "6,100 of 10,100 operations are left out")
	assert.Contains(t, out, "500 more are left out")
	assert.Less(t, len(out), 4<<20)
}

// allowedTags are the page's own elements; scripts and styles are weir's, one each.
var allowedTags = regexp.MustCompile(`^(html|head|meta|title|style|script|body|header|main|footer|section|p|h[123]|span|strong|b|em|ul|li|div|details|summary|code|table|thead|tbody|tr|th|td|svg|rect|a|form|label|input|select|option|output|figure|figcaption)$`)

// Text from outside stays text: it makes no element, no attribute that runs
// something, and no link out of the page.
func TestPageIsPlain(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		for _, b := range briefs(hostileText.Draw(t, "text"), BriefOptions{Titles: true}) {
			doc, err := html.Parse(strings.NewReader(written(t, HTML, b)))
			require.NoError(t, err)
			scripts := map[string]int{}
			for n := range doc.Descendants() {
				if n.Type == html.CommentNode {
					assert.Fail(t, "a comment", n.Data)
				}
				if n.Type != html.ElementNode {
					continue
				}
				assert.Regexp(t, allowedTags, n.Data)
				if n.Data == "script" || n.Data == "style" {
					scripts[n.Data]++
					assert.Contains(t, []string{pageScript, pageStyle}, n.FirstChild.Data)
				}
				for _, a := range n.Attr {
					assert.False(t, strings.HasPrefix(a.Key, "on") || a.Key == "src" || a.Key == "style" || a.Key == "action", a.Key)
					assert.False(t, a.Key == "href" && !strings.HasPrefix(a.Val, "#s"), a.Val)
				}
			}
			assert.Equal(t, map[string]int{"script": 1, "style": 1}, scripts)
		}
	})
}

// contrast lists texts whose contrast with what is behind them is under 4.5.
const contrast = `(() => {
  const rgb = (s) => { const m = s.match(/[\d.]+/g).map(Number); return { c: m.slice(0, 3), a: m.length > 3 ? m[3] : 1 }; };
  const light = (c) => { const [r, g, b] = c.map((v) => { v /= 255; return v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; }); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  const behind = (e) => { for (; e; e = e.parentElement) { const b = rgb(getComputedStyle(e).backgroundColor); if (b.a === 1) return b.c; } return [255, 255, 255]; };
  const bad = new Set();
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  let seen = 0;
  while (walk.nextNode()) {
    const e = walk.currentNode.parentElement;
    if (!walk.currentNode.data.trim() || !e.checkVisibility() || e.closest("svg") || ["SCRIPT", "STYLE"].includes(e.tagName)) continue;
    seen++;
    const a = light(rgb(getComputedStyle(e).color).c), b = light(behind(e));
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) bad.add(e.tagName + "." + e.className + " " + ratio.toFixed(2));
  }
  return seen ? [...bad] : ["no text seen"];
})()`

// unlabelled lists controls without a name and tables without headings.
const unlabelled = `[...document.querySelectorAll("input,select")].filter((e) => !e.labels.length).map((e) => e.id)
  .concat([...document.querySelectorAll("table")].filter((t) => !t.querySelector("thead th[scope=col]")).map((t) => t.className))`

// filterHeld shows what is held only and says how many rows are seen and how many
// of them are not held.
const filterHeld = `(() => {
  const box = document.getElementById("f-held"); box.click();
  const seen = [...document.querySelectorAll(".ops tbody tr")].filter((r) => r.checkVisibility());
  const out = [seen.length, seen.filter((r) => !("held" in r.dataset)).length];
  box.click();
  const text = document.getElementById("f-text");
  text.value = "no such text"; text.dispatchEvent(new Event("input", { bubbles: true }));
  out.push([...document.querySelectorAll(".ops tbody tr")].filter((r) => r.checkVisibility()).length);
  text.value = ""; text.dispatchEvent(new Event("input", { bubbles: true }));
  out.push([...document.querySelectorAll(".ops tbody tr")].filter((r) => r.checkVisibility()).length);
  return out;
})()`

// tallHeads lists headings of columns that break into more than two lines.
const tallHeads = `[...document.querySelectorAll("thead th")].filter((e) => e.checkVisibility() && e.offsetHeight > 64 && getComputedStyle(e.closest("thead")).position !== "absolute").map((e) => e.textContent)`

// browser finds Chromium: $CHROMIUM, or one by its usual name.
func browser(t *testing.T) string {
	for _, name := range []string{os.Getenv("CHROMIUM"), "chromium", "chromium-browser", "google-chrome"} {
		if found, err := exec.LookPath(name); name != "" && err == nil {
			return found
		}
	}
	t.Skip("no Chromium found: `make chromium` installs it; the page was not looked at in a browser")
	return ""
}

// visit opens pages in a browser of its own and gathers what the console says and
// every request but for the page itself.
type visit struct {
	context.Context
	mu       sync.Mutex
	trouble  []string
	requests int
}

func (v *visit) note(text string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.trouble = append(v.trouble, text)
}

func newVisit(t *testing.T) *visit {
	opts := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(browser(t)), chromedp.NoSandbox, chromedp.UserDataDir(t.TempDir()))
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewExecAllocator(ctx, opts...)
	t.Cleanup(cancel)
	v := &visit{}
	v.Context, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	require.NoError(t, chromedp.Listen(v, func(event any) {
		switch e := event.(type) {
		case *network.EventRequestWillBeSent:
			v.mu.Lock()
			v.requests++
			v.mu.Unlock()
			if !strings.HasSuffix(e.Request.URL, "/page.html") {
				v.note("requests " + e.Request.URL)
			}
		case *log.EventEntryAdded:
			v.note(e.Entry.Text)
		case *runtime.EventConsoleAPICalled:
			v.note("console " + string(e.Type))
		case *runtime.EventExceptionThrown:
			v.note("exception " + e.ExceptionDetails.Text)
		}
	}))
	call(t, v, network.Enable, network.EnableParams{})
	call(t, v, log.Enable, cdp.Empty{})
	call(t, v, runtime.Enable, cdp.Empty{})
	return v
}

func call[P, R any](t *testing.T, v *visit, c cdp.Command[P, R], params P) {
	_, err := chromedp.Call(v, c, params)
	require.NoError(t, err)
}

// ask evaluates an expression in the page.
func ask[T any](t *testing.T, v *visit, expression string) T {
	got, err := chromedp.Run(v, chromedp.Evaluate[T](expression))
	require.NoError(t, err)
	return got
}

func (v *visit) open(t *testing.T, file string) {
	require.NoError(t, chromedp.Do(v, chromedp.Navigate((&url.URL{Scheme: "file", Path: file}).String())))
}

// TestPageInBrowser looks at pages in headless Chromium, wide and narrow, light and
// dark: nothing sticks out to the side, every text can be read, the filter works, the
// console stays silent, and nothing is asked of any network.
func TestPageInBrowser(t *testing.T) {
	v := newVisit(t)
	pages := briefs("<img src=https://evil.example/x onerror=alert(1)>", BriefOptions{Titles: true})
	pages["simulation"] = simulated(BriefOptions{Titles: true})
	for _, name := range sortedKeys(pages) {
		file := filepath.Join(t.TempDir(), "page.html")
		require.NoError(t, os.WriteFile(file, []byte(written(t, HTML, pages[name])), 0o600))
		for _, width := range []int64{1280, 390} {
			for _, scheme := range []string{"light", "dark"} {
				at := fmt.Sprintf("%s, %d wide, %s", name, width, scheme)
				call(t, v, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: width, Height: 844, DeviceScaleFactor: 1, Mobile: width < 720})
				call(t, v, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}})
				v.open(t, file)
				overflow := ask[int](t, v, `(document.querySelectorAll("details").forEach((d) => { d.open = true; }), document.documentElement.scrollWidth - `+fmt.Sprint(width)+")")
				pale, nameless := ask[[]string](t, v, contrast), ask[[]string](t, v, unlabelled)
				ground := ask[string](t, v, `getComputedStyle(document.body).backgroundColor`)
				assert.LessOrEqual(t, overflow, 0, "%s: sticks out", at)
				assert.Empty(t, pale, at)
				assert.Empty(t, nameless, at)
				assert.Empty(t, ask[[]string](t, v, tallHeads), at)
				assert.Equal(t, map[string]string{"light": "rgb(250, 250, 248)", "dark": "rgb(22, 24, 27)"}[scheme], ground, at)
				if name == "simulation" {
					assert.Equal(t, []int{8, 0, 0, 144}, ask[[]int](t, v, filterHeld), "%s: held rows, others among them, of no such text, of all", at)
				}
			}
		}
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	assert.Empty(t, v.trouble)
	assert.GreaterOrEqual(t, v.requests, len(pages)*4, "requests are seen at all")
}

// A page without its script shows everything but the filter.
func TestPageWithoutScript(t *testing.T) {
	v := newVisit(t)
	file := filepath.Join(t.TempDir(), "page.html")
	require.NoError(t, os.WriteFile(file, []byte(written(t, HTML, simulated(BriefOptions{}))), 0o600))
	call(t, v, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
	v.open(t, file)
	const visible = `[...document.querySelectorAll("%s")].filter((e) => e.checkVisibility()).length`
	rows, forms := ask[int](t, v, fmt.Sprintf(visible, ".ops tbody tr")), ask[int](t, v, fmt.Sprintf(visible, "form"))
	assert.Equal(t, []int{144, 0}, []int{rows, forms})
}
