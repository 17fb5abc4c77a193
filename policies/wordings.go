package policies

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"weir/policies/hclfile"
	"weir/state"
)

// The wordings of this package, together. A summary is a short noun phrase; a
// detail is a sentence and says what to do.

func problem(rng hcl.Range, summary, format string, args ...any) *hcl.Diagnostic {
	return &hcl.Diagnostic{Severity: hcl.DiagError, Summary: summary, Detail: fmt.Sprintf(format, args...), Subject: &rng}
}

func warning(rng hcl.Range, summary, format string, args ...any) *hcl.Diagnostic {
	d := problem(rng, summary, format, args...)
	d.Severity = hcl.DiagWarning
	return d
}

// at is a place in a sentence: file:line.
func at(rng hcl.Range) string { return fmt.Sprintf("%s:%d", rng.Filename, rng.Start.Line) }

// where is the same for an origin.
func (o Origin) where() string { return fmt.Sprintf("%s:%d", o.File, o.Line) }

// Everything is the file that a diagnostic names which is about all of a policy directory: it
// has no lines.
const Everything = "."

// wholeFile is the range of a diagnostic about a file that was not parsed.
func wholeFile(name string) hcl.Range {
	return hcl.Range{Filename: name, Start: hcl.InitialPos, End: hcl.InitialPos}
}

// Files.

func unreadableFile(name string, err error) *hcl.Diagnostic {
	return problem(wholeFile(name), "Unreadable file", "This part of the policy cannot be read: %v.", err)
}

func noFiles(dir string) *hcl.Diagnostic {
	if dir != "" {
		dir = " " + dir
	}
	return problem(wholeFile(Everything), "No policy files", "The directory%s holds no *.hcl or *.rego file besides tests. weir init writes a policy to begin with.", dir)
}

func tooManyEntries(name string) *hcl.Diagnostic {
	return problem(wholeFile(name), "Too many files", "The directory holds more than %d names. Keep the policy in a directory of its own.", maxEntries)
}

func tooManyFiles(name string) *hcl.Diagnostic {
	return problem(wholeFile(name), "Too many files", "A policy may have %d files at most.", maxFiles)
}

func tooManyBlocks(rng hcl.Range) *hcl.Diagnostic {
	return problem(rng, "Too many blocks", "A policy may have %d rules, groups, users and views together, and this one goes beyond. Conditions can list many values: item.owner_email in ['a@acme.example', 'b@acme.example'].", maxBlocks)
}

func tooMuchText(name string) *hcl.Diagnostic {
	return problem(wholeFile(name), "Policy too large", "All files of a policy together may have %d MiB at most.", maxTotal>>20)
}

func hiddenFile(name string) *hcl.Diagnostic {
	return warning(wholeFile(name), "Hidden file", "Files whose names begin with a dot are not read as policy. Rename it, or remove it.")
}

func upperCaseName(name string) *hcl.Diagnostic {
	return warning(wholeFile(name), "Name in capitals", "Policy files end in .hcl or .rego in lower case, and this one is not read. Rename it.")
}

func notRegular(name string) *hcl.Diagnostic {
	return problem(wholeFile(name), "Not a file", "Only regular files are read as policy. Rename it, or remove it.")
}

func linkOut(name string, policy bool) *hcl.Diagnostic {
	d := problem(wholeFile(name), "Link not followed", "This symbolic link leads nowhere or out of the policy's directory, and is not followed. Copy what it points to into the directory.")
	if !policy {
		d.Severity = hcl.DiagWarning
	}
	return d
}

func tooManyProblems(more int, errors bool) *hcl.Diagnostic {
	d := warning(wholeFile(Everything), "More problems", "At least %d more problems are not shown. Correct the first ones and look again.", more)
	d.Subject = nil
	if errors {
		d.Severity = hcl.DiagError
	}
	return d
}

// Structure.

func isMail(name string) bool {
	switch strings.ToLower(name) {
	case "email", "emails", "mail", "mails", "e-mail", "e-mails", "message", "messages":
		return true
	}
	return false
}

func mailOnlyUp(rng hcl.Range) *hcl.Diagnostic {
	return problem(rng, "No settings for e-mails", "E-mails only go up, from the mailbox to Salesforce, and have no switches: there is nothing to set. Remove this.")
}

func unknownTop(u hclfile.Unknown) *hcl.Diagnostic {
	switch {
	case isMail(u.Name):
		return mailOnlyUp(u.Range)
	case settingsTree.blocks[u.Name] != nil || settingsTree.attrs[u.Name] != SettingInvalid:
		return problem(u.Range, "Setting outside a layer", "%s stands inside org, group or user: put it into an org block to set it for everybody.", quoted(u.Name))
	case !u.Block && contains(topNames(), u.Name):
		return problem(u.Range, "Block expected", "%s is a block: write it without the equals sign.", quoted(u.Name))
	case !u.Block && elsewhere(u.Name) != "":
		return problem(u.Range, "Setting outside a layer", "%s stands inside org, group or user. Did you mean the setting %s?", quoted(u.Name), quoted(elsewhere(u.Name)))
	case !u.Block:
		return problem(u.Range, "Unknown attribute", "A policy file holds blocks only, and no attribute %s.%s", quoted(u.Name), didYouMean(u.Name, topNames()))
	}
	return problem(u.Range, "Unknown block", "There is no block %s; a policy file may hold %s.%s", quoted(u.Name), allOf(topNames()), didYouMean(u.Name, topNames()))
}

// unknownName words a name that a block does not have. N is the block of the
// settings tree, nil elsewhere.
func unknownName(u hclfile.Unknown, what string, names []string, n *node) *hcl.Diagnostic {
	noun := "attribute"
	if u.Block {
		noun = "block"
	}
	if isMail(u.Name) && n != nil {
		return mailOnlyUp(u.Range)
	}
	if n != nil && !u.Block && n.blocks[u.Name] != nil {
		return problem(u.Range, "Block expected", "%s is a block: write %s { … }, without the equals sign.", quoted(u.Name), u.Name)
	}
	if u.Block && contains(names, u.Name) {
		return problem(u.Range, "Attribute expected", "%s is an attribute: write %s = …", quoted(u.Name), u.Name)
	}
	if hint := didYouMean(u.Name, names); hint != "" {
		return problem(u.Range, "Unknown "+noun, "There is no %s %s in %s.%s", noun, quoted(u.Name), what, hint)
	}
	if path := elsewhere(u.Name); path != "" && n != nil {
		return problem(u.Range, "Unknown "+noun, "There is no %s %s in %s. Did you mean the setting %s?", noun, quoted(u.Name), what, quoted(path))
	}
	return problem(u.Range, "Unknown "+noun, "There is no %s %s in %s; it may hold %s.", noun, quoted(u.Name), what, allOf(names))
}

func contains(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}

func eventsForbid(rng hcl.Range) *hcl.Diagnostic {
	return problem(rng, "No such switch for events", `"forbid_to_remove" exists for contacts and tasks only, as on the settings page. Did you mean events.removal? Write removal = "keep" to have deleted events restored.`)
}

func secondBlock(rng hcl.Range, name string, first hcl.Range) *hcl.Diagnostic {
	return problem(rng, "Second "+name+" block", "There is a block %s at %s already. Put both into one.", quoted(name), at(first))
}

// labels words what hcl says about a top-level block's labels.
func labels(d *hcl.Diagnostic) *hcl.Diagnostic {
	if d.Subject == nil {
		return d
	}
	if rest, ok := strings.CutPrefix(d.Summary, "Missing "); ok {
		if label, block, ok := strings.Cut(rest, " for "); ok {
			return problem(*d.Subject, "Missing "+label, "%s block needs its %s in quotes: write %s \"%s\" { … }.", withArticle(block), label, block, strings.ToUpper(label))
		}
	}
	if block, ok := strings.CutPrefix(d.Summary, "Extraneous label for "); ok {
		return problem(*d.Subject, "Label too many", "%s block has no such label. Remove it.", withArticle(block))
	}
	return d
}

func emptyLabel(rng hcl.Range, name string) *hcl.Diagnostic {
	return problem(rng, "Empty label", "%s block needs a label that is not empty.", withArticle(name))
}

func duplicateLabel(rng hcl.Range, name, label string, first hcl.Range) *hcl.Diagnostic {
	return problem(rng, "Duplicate "+name, "%s %s stands at %s already. Put both into one block, or give one another name.", name, quoted(label), at(first))
}

func unknownNever(rng hcl.Range, name string) *hcl.Diagnostic {
	return problem(rng, "Unknown operation", "never may list %s, not %s.%s", oneOf(neverNames()), quoted(name), didYouMean(name, neverNames()))
}

func invariantNever(i *Invariant) *hcl.Diagnostic {
	return warning(i.whenRange, "Invariant about nothing", "The condition of invariant %s is never true, so it promises nothing.", quoted(i.Name))
}

func missing(rng hcl.Range, what, name, example string) *hcl.Diagnostic {
	return problem(rng, "Missing "+name, "%s must say %s, for example %s.", upperFirst(what), quoted(name), example)
}

func oneOfTwo(rng hcl.Range, what, a, b string, both bool) *hcl.Diagnostic {
	if both {
		return problem(rng, "Too many attributes", "%s says both %s and %s. Keep one.", upperFirst(what), quoted(a), quoted(b))
	}
	return problem(rng, "Missing attribute", "%s must say either %s or %s.", upperFirst(what), quoted(a), quoted(b))
}

func wrongLayer(rng hcl.Range, path string, layer Layer) *hcl.Diagnostic {
	var may []string
	for _, l := range []Layer{LayerOrg, LayerGroup, LayerUser} {
		if allowedIn(path, l) {
			may = append(may, string(l))
		}
	}
	return problem(rng, "Setting in the wrong layer", "%s may be set in %s only, not in %s block.", quoted(path), allOf(may), lowerFirst(withArticle(string(layer))))
}

func allowedIn(path string, layer Layer) bool {
	for _, e := range Catalogue() {
		if (e.Path == path || strings.HasPrefix(e.Path, path+".")) && e.In(layer) {
			return true
		}
	}
	return false
}

// withArticle puts "A" or "An" in front of a noun, for the beginning of a sentence.
func withArticle(noun string) string {
	if noun != "" && strings.ContainsRune("aeiou", rune(noun[0])) && !strings.HasPrefix(noun, "user") {
		return "An " + noun
	}
	return "A " + noun
}

func lowerFirst(s string) string { return strings.ToLower(s[:1]) + s[1:] }

func upperFirst(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// Labels.

func badViewName(rng hcl.Range, name string) *hcl.Diagnostic {
	return problem(rng, "Unusable name", "A view is mentioned as view.NAME, so that its name must be made of letters, digits, _ and -, and begin with a letter: %s is not.", quoted(name))
}

func notAnAddress(rng hcl.Range, address string) *hcl.Diagnostic {
	return problem(rng, "Not an address", "A user block is named by the person's mailbox address (name@example.com), and %s has no @.", quoted(address))
}

// Values.

func wantText(v hclfile.Value, name string) *hcl.Diagnostic {
	switch v.Kind {
	case hclfile.Template:
		return templateInText(v.Range, name)
	case hclfile.Name:
		return problem(v.Range, "Text expected", "%s takes text, which must be in quotes: %s.", quoted(name), quoted(v.Text))
	}
	return problem(v.Range, "Text expected", "%s takes text in quotes, not %s.", quoted(name), v.Kind)
}

// wantCondition is wantText for CEL: people forget the quotes around it.
func wantCondition(v hclfile.Value, name string) *hcl.Diagnostic {
	switch v.Kind {
	case hclfile.Template:
		return templateInText(v.Range, name)
	case hclfile.Name, hclfile.Other:
		return problem(v.Range, "Condition expected", "%s takes a CEL expression, which must be in quotes: %s = \"…\", with texts inside it in single quotes.", quoted(name), name)
	}
	return problem(v.Range, "Condition expected", "%s takes a CEL expression in quotes, not %s.", quoted(name), v.Kind)
}

func templateInText(rng hcl.Range, name string) *hcl.Diagnostic {
	return problem(rng, "Template not allowed", "Texts in policies are literal, and ${ and %%{ begin a template in %s. Write $${ or %%%%{ where the characters themselves are meant.", quoted(name))
}

func wantList(v hclfile.Value, name string) *hcl.Diagnostic {
	example := `["…"]`
	if v.Kind == hclfile.String {
		example = "[" + quoted(v.Text) + "]"
	}
	return problem(v.Range, "List expected", "%s takes a list of texts: write %s = %s.", quoted(name), name, example)
}

func twiceInList(rng hcl.Range, name, text string) *hcl.Diagnostic {
	return problem(rng, "Listed twice", "%s lists %s twice. Remove one.", quoted(name), quoted(text))
}

func emptyList(rng hcl.Range, name, remedy string) *hcl.Diagnostic {
	return problem(rng, "Empty list", "An empty %s covers nothing. %s", quoted(name), remedy)
}

func emptyText(rng hcl.Range, name string) *hcl.Diagnostic {
	return problem(rng, "Empty text", "%s must not be empty.", quoted(name))
}

func badUntil(rng hcl.Range, s string) *hcl.Diagnostic {
	return problem(rng, "Not a date", `"until" takes a day that exists, as "2026-09-30", not %s.`, quoted(s))
}

func wantBool(v hclfile.Value, name string) *hcl.Diagnostic {
	switch {
	case v.Kind == hclfile.String && (v.Text == "true" || v.Text == "false"):
		return problem(v.Range, "Truth value in quotes", "%s takes true or false without quotes: write %s = %s.", quoted(name), name, v.Text)
	case v.Kind == hclfile.Name || v.Kind == hclfile.String:
		return problem(v.Range, "Truth value expected", "%s takes true or false, not %s.", quoted(name), quoted(v.Text))
	}
	return problem(v.Range, "Truth value expected", "%s takes true or false, not %s.", quoted(name), v.Kind)
}

func wantEnum(v hclfile.Value, name string, values []string) *hcl.Diagnostic {
	switch {
	case v.Kind == hclfile.Name && contains(values, v.Text):
		return problem(v.Range, "Text expected", "%s must be in quotes: write %s = %s.", v.Text, name, quoted(v.Text))
	case v.Kind == hclfile.Name:
		return unknownEnum(v.Range, name, v.Text, values)
	case v.Kind == hclfile.Bool && contains(values, "on"):
		return problem(v.Range, "Text expected", "%s takes %s in quotes, not true or false.", quoted(name), oneOf(values))
	case v.Kind == hclfile.Template:
		return templateInText(v.Range, name)
	}
	return problem(v.Range, "Text expected", "%s takes %s in quotes, not %s.", quoted(name), oneOf(values), v.Kind)
}

func unknownEnum(rng hcl.Range, name, text string, values []string) *hcl.Diagnostic {
	return problem(rng, "Unknown value", "%s takes %s, not %s.%s", quoted(name), oneOf(values), quoted(text), didYouMean(text, values))
}

func wantNumber(v hclfile.Value, name string, most int64) *hcl.Diagnostic {
	switch {
	case v.Kind == hclfile.String && strings.Trim(v.Text, "0123456789") == "" && v.Text != "":
		return problem(v.Range, "Number in quotes", "%s takes a number without quotes: write %s = %s.", quoted(name), name, v.Text)
	case v.Kind == hclfile.Number && name == "percent":
		return problem(v.Range, "Number out of range", "%s takes a whole number from 0 to 100.", quoted(name))
	case v.Kind == hclfile.Number:
		return problem(v.Range, "Number out of range", "%s takes a whole number from 0 to %d.", quoted(name), most)
	}
	return problem(v.Range, "Number expected", "%s takes a whole number, not %s.", quoted(name), v.Kind)
}

func wantPrecedence(v hclfile.Value) *hcl.Diagnostic {
	return problem(v.Range, "Number expected", `"precedence" takes a whole number without quotes, from %d to %d; the higher number wins.`, -maxPrecedence, maxPrecedence)
}

const windowForms = `days ("14d"), weeks ("2w") or "unlimited"`

func wantWindow(v hclfile.Value, name string) *hcl.Diagnostic {
	switch {
	case v.Kind == hclfile.Number && v.IsInt && v.Int >= 0:
		return problem(v.Range, "Window expected", "%s needs a unit: write %s = \"%dd\" for days.", quoted(name), name, v.Int)
	case v.Kind == hclfile.Name && v.Text == unlimited:
		return problem(v.Range, "Window expected", "unlimited must be in quotes: write %s = \"unlimited\".", name)
	case v.Kind == hclfile.Template:
		return templateInText(v.Range, name)
	}
	return problem(v.Range, "Window expected", "%s takes %s, in quotes.", quoted(name), windowForms)
}

func badWindow(rng hcl.Range, name, text string) *hcl.Diagnostic {
	if near := nearest(text, []string{unlimited}); near != "" {
		return problem(rng, "Unknown window", "%s takes %s, not %s. Did you mean \"unlimited\"?", quoted(name), windowForms, quoted(text))
	}
	return problem(rng, "Unknown window", "%s takes whole %s, not %s.", quoted(name), windowForms, quoted(text))
}

func windowTooLong(rng hcl.Range, name string) *hcl.Diagnostic {
	return problem(rng, "Window too long", "%s may be %d days at most. Did you mean \"unlimited\"?", quoted(name), MaxDays)
}

const scopeForms = `"all", "mine" or view.NAME`

func wantScope(v hclfile.Value) *hcl.Diagnostic {
	if v.Kind == hclfile.Template {
		return templateInText(v.Range, "scope")
	}
	return problem(v.Range, "Scope expected", `"scope" takes %s, not %s.`, scopeForms, v.Kind)
}

func badScopeName(v hclfile.Value, known []string) *hcl.Diagnostic {
	if v.Text == "all" || v.Text == "mine" {
		return problem(v.Range, "Scope expected", "%s must be in quotes: write scope = %s.", v.Text, quoted(v.Text))
	}
	root, name, dotted := strings.Cut(v.Text, ".")
	if contains(known, v.Text) {
		return problem(v.Range, "Scope expected", `"scope" takes %s: write scope = view.%s.`, scopeForms, v.Text)
	}
	if dotted && nearest(root, []string{"view"}) != "" && root != "view" {
		return problem(v.Range, "Scope expected", `"scope" takes %s. Did you mean view.%s?`, scopeForms, name)
	}
	return problem(v.Range, "Scope expected", `"scope" takes %s, not %s.%s`, scopeForms, v.Text, didYouMean(v.Text, []string{"all", "mine"}))
}

func badScopeText(rng hcl.Range, text string, known []string) *hcl.Diagnostic {
	for _, prefix := range []string{"view.", viewPrefix} {
		if name, ok := strings.CutPrefix(text, prefix); ok && hclfile.IsName(name) {
			return problem(rng, "Scope expected", "A view is mentioned without quotes: write scope = view.%s.", name)
		}
	}
	if contains(known, text) {
		return problem(rng, "Scope expected", "A view is mentioned without quotes: write scope = view.%s.", text)
	}
	return problem(rng, "Unknown scope", `"scope" takes %s, not %s.%s`, scopeForms, quoted(text), didYouMean(text, []string{"all", "mine"}))
}

func unknownView(rng hcl.Range, name string, known []string) *hcl.Diagnostic {
	if len(known) == 0 {
		return problem(rng, "Unknown view", "The policy has no view %s. Add a block: view %s { list_view = \"…\" }.", quoted(name), quoted(name))
	}
	return problem(rng, "Unknown view", "The policy has no view %s; its views are %s.%s", quoted(name), allOf(known), didYouMean(name, known))
}

func unknownKind(rng hcl.Range, text string) *hcl.Diagnostic {
	if isMail(text) {
		return mailOnlyUp(rng)
	}
	var names []string
	for _, k := range state.Kinds() {
		names = append(names, k.String())
	}
	return problem(rng, "Unknown kind", "There is no kind %s; the kinds are %s.%s", quoted(text), allOf(names), didYouMean(text, names))
}

func unknownGroup(rng hcl.Range, text string, known []string) *hcl.Diagnostic {
	if len(known) == 0 {
		return problem(rng, "Unknown group", "The policy has no group %s. A rule's groups are the policy's own group blocks; recorded groups are in user.groups.", quoted(text))
	}
	return problem(rng, "Unknown group", "The policy has no group %s; its groups are %s.%s", quoted(text), allOf(known), didYouMean(text, known))
}

func unknownForced(rng hcl.Range, text string, n *node) *hcl.Diagnostic {
	names := sortedKeys(n.below())
	if rest, ok := strings.CutPrefix(text, n.path+"."); ok && contains(names, rest) {
		return problem(rng, "Unknown attribute", "\"forced\" lists the names inside %s: write %s.", n.path, quoted(rest))
	}
	for _, full := range names {
		if strings.HasSuffix(full, "."+text) || strings.HasPrefix(full, text+".") {
			return problem(rng, "Unknown attribute", "The block %s has no attribute %s of its own. Did you mean %s?", n.path, quoted(text), quoted(full))
		}
	}
	if hint := didYouMean(text, names); hint != "" {
		return problem(rng, "Unknown attribute", "The block %s has no attribute %s to force.%s", n.path, quoted(text), hint)
	}
	return problem(rng, "Unknown attribute", "The block %s has no attribute %s to force; it has %s.", n.path, quoted(text), allOf(names))
}

// Versions and dates.

func badRequires(rng hcl.Range, s string) *hcl.Diagnostic {
	return problem(rng, "Unreadable version constraint", `"requires" takes constraints like ">= 0.1" or ">= 0.1, < 2", not %s.`, quoted(s))
}

func otherVersion(rng hcl.Range, s, have string) *hcl.Diagnostic {
	return problem(rng, "Other version required", "The policy requires weir %s, and this is %s. Use a version that fits.", s, have)
}

func expired(rng hcl.Range, what string, a About) *hcl.Diagnostic {
	owner := ""
	if a.Owner != "" {
		owner = " Ask " + a.Owner + "."
	}
	return warning(rng, "Expired entry", "%s was meant to stand until %s, and still applies. Remove it, or give it a later day.%s", upperFirst(what), a.Until, owner)
}

// Resolution.

func nobody(rng hcl.Range, address string, known []string) *hcl.Diagnostic {
	return warning(rng, "User not recorded", "The recording has no user %s, so that this block changes nothing.%s", quoted(address), didYouMean(address, known))
}

func groupFailed(g *Group, user string, err error) *hcl.Diagnostic {
	return warning(g.rng, "Membership not known", "Whether %s is in group %s cannot be told: %v.", user, quoted(g.Name), err)
}

// maxListed bounds the people a message lists.
const maxListed = 50

func groupsDisagree(c conflict, users []string) *hcl.Diagnostic {
	who := users
	more := ""
	if len(who) > maxListed {
		more = fmt.Sprintf(" and %d more", len(who)-maxListed)
		who = who[:maxListed]
	}
	people := "1 person is in both"
	if len(users) > 1 {
		people = strconv.Itoa(len(users)) + " people are in both"
	}
	e := c.setting.Entry()
	d := problem(c.a.rng, "Two groups disagree",
		"Groups %s (%s) and %s (%s) both have precedence %d and set %s differently (%s and %s), and %s (%s%s). Give one a higher precedence, or set %s in a user block.",
		quoted(c.a.origin.Name), at(c.a.rng), quoted(c.b.origin.Name), at(c.b.rng), c.precedence, e.Path,
		e.Format(c.a.Value), e.Format(c.b.Value), people, strings.Join(who, ", "), more, e.Path)
	d.Extra = Related{c.b.rng}
	return d
}

func disagree(c conflict, users []string) *hcl.Diagnostic {
	if !c.rules {
		return groupsDisagree(c, users)
	}
	e := c.setting.Entry()
	d := problem(c.a.rng, "Two rules disagree", "The rules at %s and %s set %s differently (%s and %s) for %s. Make their conditions exclude each other.",
		at(c.a.rng), at(c.b.rng), e.Path, e.Format(c.a.Value), e.Format(c.b.Value), someOf(users))
	d.Extra = Related{c.b.rng}
	return d
}

// someOf lists people, the first of very many.
func someOf(users []string) string {
	if len(users) > maxListed {
		return fmt.Sprintf("%s and %d more", strings.Join(users[:maxListed], ", "), len(users)-maxListed)
	}
	return strings.Join(users, ", ")
}

// Rego settings.

func unknownSetting(rng hcl.Range, path string, known []string) *hcl.Diagnostic {
	if path == "events.forbid_to_remove" {
		return eventsForbid(rng)
	}
	root, _, _ := strings.Cut(path, ".")
	if isMail(root) {
		return mailOnlyUp(rng)
	}
	return problem(rng, "Unknown setting", "There is no setting %s.%s", quoted(path), didYouMean(path, known))
}

func notForcible(rng hcl.Range, text string, known []string) *hcl.Diagnostic {
	if text == "events.forbid_to_remove" {
		return eventsForbid(rng)
	}
	return problem(rng, "Unknown attribute", "\"forced\" lists paths of settings in contacts, tasks and events, such as \"contacts.scope\", and %s is none.%s", quoted(text), didYouMean(text, known))
}

func wantPath(rng hcl.Range) *hcl.Diagnostic {
	return problem(rng, "Text expected", "\"forced\" lists paths of settings as texts, such as \"contacts.scope\".")
}

func regoScope(rng hcl.Range, text string, known []string) *hcl.Diagnostic {
	if name, ok := strings.CutPrefix(text, viewPrefix); ok {
		return unknownView(rng, name, known)
	}
	return problem(rng, "Unknown scope", `"scope" takes "all", "mine" or "view:NAME", not %s.%s`, quoted(text), didYouMean(text, []string{"all", "mine"}))
}

func regoFailed(rng hcl.Range, user string, err error) *hcl.Diagnostic {
	return warning(rng, "Setting not known", "What this rule sets for %s cannot be told: %v.", user, err)
}

// Related are further places a diagnostic is about, in its Extra.
type Related []hcl.Range

func preferenceProblem(p *state.Preference, v state.PreferenceValue, user, detail string) *hcl.Diagnostic {
	pos := hcl.Pos{Line: max(v.Line, 1), Column: max(v.Column, 1)}
	rng := hcl.Range{Filename: p.File, Start: pos, End: pos}
	return warning(rng, "Unreadable preference", "%s This switch of %s's settings page is treated as unset.", detail, user)
}
