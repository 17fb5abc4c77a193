package check

import (
	"slices"
	"strings"

	"weir/engine"
)

// The codes of findings of a simulation that stand in parts of their own.
const (
	limitTripped     = "limit_tripped"
	invariantBroken  = "invariant_broken"
	invariantUnknown = "invariant_unknown"
)

// The families, and why their rules matter.
var (
	own = family{"what a check asks", nil, "A reviewer sees the change of the policy; this is what the change does to what guards it."}

	files      = family{"files", []string{PartValidate, PartTest}, "What is not read does not count, and nobody notices that a rule is not there."}
	structure  = family{"blocks and attributes", []string{PartValidate, PartTest}, "A policy with a mistake in it is not used at all: weir guesses at nothing that decides over mailboxes."}
	values     = family{"values", []string{PartValidate, PartTest}, "A value that is taken for another one decides otherwise than was meant, for everybody whom it concerns."}
	conditions = family{"conditions", []string{PartValidate, PartTest}, "A condition is checked before any item is seen, so that it neither fails in the middle of a session nor asks for something else than was meant."}
	rego       = family{"Rego modules", []string{PartValidate, PartTest}, "A rule in Rego that asks for what does not exist is silently never true; weir finds that before the rule is used."}
	bounds     = family{"bounds", []string{PartValidate, PartTest}, "A policy under review is not trusted yet: bounds keep small what it can take of time and memory, whatever it says."}
	people     = family{"policy and recording together", []string{PartValidate, PartSimulate, PartDiff}, "What is right by itself may be wrong of the people and instants that a recording holds."}
	doubts     = family{"doubts", []string{PartValidate}, "The policy is valid and does what it says, and probably does not say what was meant."}
	tests      = family{"files of tests", []string{PartTest}, "A test that does not load tests nothing, and may look as if it did."}
	simulation = family{"plans and simulations", []string{PartSimulate}, "It is what people would see in their mailboxes, or what the recording does not tell, so that the plan may differ from the real sync."}
)

const (
	fails = engine.SeverityError
	warns = engine.SeverityWarning
	tells = engine.SeverityNotice
)

// row is a line of the table.
type row struct {
	id              string
	severity        engine.Severity
	meaning, remedy string
	example         Example
	summaries       []string
}

func hclExample(text string) Example  { return Example{"hcl", text + "\n"} }
func regoExample(text string) Example { return Example{"rego", text + "\n"} }
func testExample(text string) Example { return Example{"test", text + "\n"} }
func when(words string) Example       { return Example{"", words} }

// rulesWith is a Rego module of rules.
func rulesWith(text string) Example { return regoExample("package weir.rules\n\n" + text) }

// ruleWhen is a rule with a condition.
func ruleWhen(condition string) Example {
	return hclExample("rule \"r\" {\n  kinds  = [\"event\"]\n  when   = \"" + condition + "\"\n  effect = \"exclude\"\n}")
}

// orgWith is an org block.
func orgWith(text string) Example {
	return hclExample("org {\n  " + strings.ReplaceAll(text, "\n", "\n  ") + "\n}")
}

// testWith is a test with a world.
func testWith(text string) Example {
	return testExample("test \"calls\" {\n  " + strings.ReplaceAll(text, "\n", "\n  ") + "\n\n  expect \"summary\" {\n    held = 0\n  }\n}")
}

// expecting is a test with an expectation.
func expecting(text string) Example {
	return testExample("test \"calls\" {\n  task \"call\" {\n  }\n\n  " + strings.ReplaceAll(text, "\n", "\n  ") + "\n}")
}

func gives(summaries ...string) []string { return summaries }

// of makes rules of rows; parts are the family's where none are given.
func (f family) of(parts []string, rows ...row) []Rule {
	var out []Rule
	for _, r := range rows {
		out = append(out, Rule{ID: r.id, Name: sentence(strings.ReplaceAll(r.id, "-", " ")), Family: f.name, Parts: parts, Severity: r.severity,
			Meaning: r.meaning, Why: f.why, Remedy: r.remedy, Example: r.example, Summaries: r.summaries})
	}
	return out
}

func (f family) rules(rows ...row) []Rule { return f.of(f.parts, rows...) }

// table holds every rule but those of plans and simulations, which the engine lists.
var table = slices.Concat(ownRules(), fileRules(), structureRules(), valueRules(), conditionRules(), regoRules(), boundRules(), peopleRules(), doubtRules(), testRules())

func ownRules() []Rule {
	return slices.Concat(
		own.of([]string{PartFormat},
			row{ruleFormat, warns, "A file is not laid out as `weir fmt` lays it out.", "Run `weir fmt`.", hclExample("view \"x\" {\nlist_view = \"X\"\n}"), nil}),
		own.of([]string{PartTest},
			row{RuleTestFailed, fails, "A test of the policy expects something else than what comes of it.", "Correct the policy, or what the test expects; the finding says both.",
				testExample("test \"calls\" {\n  task \"call\" {\n  }\n\n  expect \"summary\" {\n    held = 3\n  }\n}"), nil}),
		own.of([]string{PartTrust},
			row{ruleLimits, warns, "With `--trust base`, the change has other limits than the base, whose limits count.", "Review the new limit by itself, in a change of its own.",
				when("The base holds `limits { salesforce_deletes { percent = 10 } }`, and the change 100."), nil},
			row{ruleModule, warns, "With `--trust base`, the change has other Rego modules than the base, whose guardrails count.", "Review the module by itself.",
				when("The change removes `guardrails.rego`, or writes another rule into it."), nil}),
		own.of([]string{PartTrust},
			row{ruleInvariant, warns, "With `--trust base`, the change has an invariant of the base otherwise, or no more; the base's holds as well.", "Review the invariant by itself.",
				when("The base holds `invariant \"legal hold\" { … }`, and the change does not."), nil}),
		own.of([]string{PartInvariants},
			row{ruleRefuted, fails, "An invariant of the policy does not hold for all inputs; the finding shows an item for which it is broken.", "Change the setting or rule that lets it happen, or hold it with a rule. What is done in Salesforce is held by rules that are asked of the item in the mailbox; only forbid_to_remove and removal keep a record whatever became of its copy.",
				hclExample("invariant \"private tasks stay\" {\n  kinds = [\"task\"]\n  when  = \"item.private\"\n  never = [\"create\"]\n}"), nil},
			row{ruleUndecided, warns, "Whether an invariant holds for all inputs cannot be proved; the finding says why.", "Say it in a form that can be proved (for removals in Salesforce forbid_to_remove or removal, else a rule that holds, with the same condition), or rely on the recordings.",
				hclExample("invariant \"long titles stay\" {\n  kinds = [\"task\"]\n  when  = \"int(item.title) > 3\"\n  never = [\"create\"]\n}"), nil}),
		own.of([]string{PartGuardrails},
			row{RuleGuardrailWarns, warns, "A guardrail warns of the simulation, or of a plan of the recording's last instant.", "Look at what it names; the guardrail's file says why it is there.",
				when("`warn contains \"many creations\" if …` in `weir.guardrails` holds."), nil},
			row{RuleGuardrailDenies, fails, "A guardrail denies the simulation, or a plan of the recording's last instant.", "Change the policy so that the guardrail holds. A guardrail that is wrong is changed by itself first.",
				when("`deny contains \"a removal\" if …` in `weir.guardrails` holds."), nil}),
		own.of([]string{PartDiff},
			row{ruleTestRemoved, warns, "The base has a test of this name, and the change has none.", "Put it back, or say in the review why nothing needs it any more. A test that was renamed is named here too.",
				when("The base's `events_test.hcl` holds `test \"private events stay\"`, and the change's does not."), nil},
			row{ruleTestChanged, warns, "A test of the base does not pass under the change's policy, and the change has a test of its name that expects something else.", "Review what the test expects now.",
				when("The change drops a rule, and empties the test that held it."), nil},
			row{ruleBaseTestBroken, tells, "A test file of the base cannot be used, so that its tests are not compared with the change's.", "Look by hand at what the change does to the tests of that file.",
				when("The base's `events_test.hcl` lacks a brace; the change puts it right, or removes the file."), nil},
			row{ruleRecordingRemoved, warns, "The base's policy directory holds a recording that the change's does not.", "Put it back, or say in the review why nothing is tried on it any more.",
				when("The base holds `recordings/small/recording.json` in the policy's directory, and the change does not."), nil},
			row{ruleRecordingChanged, warns, "A recording, in the policy's directory or given, has other files than the base's: what is tried on it tells something else than it did.",
				"Review it as a change of the tests. A recording that is captured anew is better changed in a change of its own.", when("The change empties `recordings/small/salesforce/Task.jsonl` in the policy's directory."), nil},
			row{ruleUnborn, warns, "The base has no policy in this directory: the change brings the first, which nothing can be compared with. With `--trust base`, limits and guardrails are the change's own then.",
				"Review the whole policy. A directory that is moved is better moved in a change of its own.", when("The change adds the directory `policy`, and `weir check -p policy --base main` runs on it."), nil}),
	)
}

func fileRules() []Rule {
	return files.rules(
		row{"unreadable-file", fails, "A part of the policy's directory cannot be read.", "Give it read permission, or take it out of the directory.", when("A file that may not be opened."), gives("Unreadable file")},
		row{"no-policy-files", fails, "The directory holds no `*.hcl` or `*.rego` file.", "Name the policy's directory with `-p`; `weir init` writes a policy to begin with.", when("An empty directory."), gives("No policy files")},
		row{"hidden-file", warns, "A policy file's name begins with a dot, and it is not read.", "Rename it, or remove it.", when("A file `.events.hcl`."), gives("Hidden file")},
		row{"name-in-capitals", warns, "A file ends in `.HCL` or `.REGO`, and is not read.", "Rename it: policy files end in `.hcl` or `.rego` in lower case.", when("A file `EVENTS.HCL`."), gives("Name in capitals")},
		row{"not-a-file", fails, "Something is named as a policy file and is no regular file, such as a pipe.", "Rename it, or remove it.", when("A named pipe `events.hcl`."), gives("Not a file")},
		row{"link-not-followed", fails, "A symbolic link leads nowhere, or out of the policy's directory.", "Copy what it points to into the directory.", when("A link `shared.hcl` to `../../shared.hcl`."), gives("Link not followed")},
		row{"byte-order-mark", fails, "A file begins with a byte order mark.", "Save it as plain UTF-8, without one.", when("A file that an editor saved as \"UTF-8 with BOM\"."), gives("Byte order mark")},
		row{"not-utf-8", fails, "A file is not UTF-8 text.", "Save it as UTF-8.", when("A file that was saved as Latin-1."), gives("Not UTF-8", "Invalid text")},
	)
}

func structureRules() []Rule {
	return structure.rules(
		row{InvalidHCL, fails, "HCL's parser does not understand the file; the finding has its words.", "Correct the place it names; a missing brace or quote is often further above.", hclExample("org {\n  tasks {\n    downsync = true\n}"), nil},
		row{"unknown-block", fails, "There is no such block here.", "Take the name that is suggested, or remove the block.", hclExample("rul \"r\" {\n}"), gives("Unknown block")},
		row{"unknown-attribute", fails, "There is no such attribute here: of a block, of an item or user in a condition, or in `forced`.", "Take the name that is suggested, or remove it.", orgWith("tasks {\n  downsink = true\n}"), gives("Unknown attribute")},
		row{"unknown-setting", fails, "There is no setting of this path.", "Take the path that is suggested; `docs/language.md` lists them all.", regoExample("package weir.settings\n\ncontacts.scop := \"all\""), gives("Unknown setting")},
		row{"block-expected", fails, "A block is written as if it were an attribute.", "Write it without the equals sign: `events { … }`.", orgWith("events = {}"), gives("Block expected", "Attribute instead of a block")},
		row{"attribute-expected", fails, "An attribute is written as if it were a block.", "Write it with an equals sign: `downsync = true`.", orgWith("tasks {\n  downsync {\n  }\n}"), gives("Attribute expected", "Block instead of an attribute")},
		row{"setting-outside-a-layer", fails, "A setting stands outside of `org`, `group` and `user`.", "Put it into an `org` block to set it for everybody.", hclExample("tasks {\n  downsync = true\n}"), gives("Setting outside a layer")},
		row{"setting-in-the-wrong-layer", fails, "The setting may not be set in this block.", "Put it into one of the blocks that the finding names.", hclExample("group \"sales\" {\n  when        = \"user.profile == 'Sales'\"\n  preferences = \"ignore\"\n}"), gives("Setting in the wrong layer")},
		row{"no-settings-for-e-mails", fails, "Something is set for e-mails, which have no switches: they only go up.", "Remove it.", orgWith("emails {\n}"), gives("No settings for e-mails")},
		row{"no-such-switch-for-events", fails, "`forbid_to_remove` is set for events, and exists for contacts and tasks only.", "Write `removal = \"keep\"` to have deleted events restored.", orgWith("events {\n  forbid_to_remove = true\n}"), gives("No such switch for events")},
		row{"second-block", fails, "A block that may stand once stands twice.", "Put both into one.", hclExample("org {\n}\norg {\n}"), gives("Second *")},
		row{"duplicate-label", fails, "Two groups, rules, users or views have one name.", "Put both into one block, or give one another name.", hclExample("view \"v\" {\n  list_view = \"A\"\n}\nview \"v\" {\n  list_view = \"B\"\n}"), gives("Duplicate *")},
		row{"label-too-many", fails, "A block has a label and takes none, or has one too many.", "Remove the label.", hclExample("org \"all\" {\n}"), gives("Label too many")},
		row{"empty-label", fails, "A block's label is empty.", "Give it a name.", hclExample("view \"\" {\n  list_view = \"A\"\n}"), gives("Empty label")},
		row{"unusable-name", fails, "A view's name cannot be written as `view.NAME`.", "Use letters, digits, `_` and `-`, and begin with a letter.", hclExample("view \"key accounts\" {\n  list_view = \"Key\"\n}"), gives("Unusable name")},
		row{"not-an-address", fails, "A user block is named by something that is no mailbox address.", "Name it by the person's address.", hclExample("user \"ann\" {\n}"), gives("Not an address")},
		row{"missing-attribute", fails, "Something that must be said is not: an attribute, a label, or which attribute of `item` or `user` is meant.", "Write it, as the finding shows.", hclExample("rule \"r\" {\n  effect = \"exclude\"\n}"), gives("Missing attribute", "Missing *")},
		row{"too-many-attributes", fails, "Two attributes exclude each other, and both are there.", "Keep one.", hclExample("view \"v\" {\n  list_view = \"A\"\n  filter    = \"item.company == 'A'\"\n}"), gives("Too many attributes")},
		row{"other-version-required", fails, "The policy asks for another version of weir than this one.", "Use a version that fits, or change `requires`.", hclExample("weir {\n  requires = \">= 9.1\"\n}"), gives("Other version required")},
		row{"unreadable-version-constraint", fails, "`requires` holds no constraint on versions.", "Write it as `\">= 0.1\"` or `\">= 0.1, < 2\"`.", hclExample("weir {\n  requires = \"newest\"\n}"), gives("Unreadable version constraint")},
	)
}

func valueRules() []Rule {
	return values.rules(
		row{"text-expected", fails, "Something else stands where a text belongs.", "Write a text in quotes.", orgWith("sync = off"), gives("Text expected")},
		row{"empty-text", fails, "A text is empty that must say something.", "Write it, or leave the attribute out.", hclExample("view \"v\" {\n  list_view = \"\"\n}"), gives("Empty text")},
		row{"template-not-allowed", fails, "A text holds `${` or `%{`, which begin a template, and texts in policies are literal.", "Write `$${` or `%%{` where the characters themselves are meant.", ruleWhen("item.title == '${x}'"), gives("Template not allowed")},
		row{"truth-value-expected", fails, "Something else stands where true or false belongs.", "Write true or false, without quotes.", orgWith("tasks {\n  downsync = yes\n}"), gives("Truth value expected")},
		row{"truth-value-in-quotes", fails, "True or false stands in quotes.", "Leave the quotes out.", orgWith("tasks {\n  downsync = \"true\"\n}"), gives("Truth value in quotes")},
		row{"number-expected", fails, "Something else stands where a whole number belongs.", "Write a whole number, without quotes.", orgWith("limits {\n  mailbox_deletes {\n    percent = true\n  }\n}"), gives("Number expected")},
		row{"number-in-quotes", fails, "A number stands in quotes.", "Leave the quotes out.", orgWith("limits {\n  mailbox_deletes {\n    percent = \"10\"\n  }\n}"), gives("Number in quotes")},
		row{"number-out-of-range", fails, "A number is smaller or larger than it may be.", "Write a number of the range that the finding names.", orgWith("limits {\n  mailbox_deletes {\n    percent = 101\n  }\n}"), gives("Number out of range")},
		row{"unknown-value", fails, "A text is none of the values that the setting or attribute takes.", "Take one of those that the finding lists.", orgWith("sync = \"offf\""), gives("Unknown value", "Unknown operation")},
		row{"list-expected", fails, "Something else stands where a list of texts belongs.", "Write a list: `kinds = [\"event\"]`.", hclExample("rule \"r\" {\n  kinds  = \"event\"\n  when   = \"true\"\n  effect = \"exclude\"\n}"), gives("List expected")},
		row{"empty-list", fails, "A list is empty and so covers nothing.", "Name something in it, or leave it out.", hclExample("rule \"r\" {\n  kinds  = []\n  when   = \"true\"\n  effect = \"exclude\"\n}"), gives("Empty list")},
		row{"listed-twice", fails, "A list names something twice.", "Remove one.", hclExample("rule \"r\" {\n  kinds  = [\"event\", \"event\"]\n  when   = \"item.private\"\n  effect = \"exclude\"\n}"), gives("Listed twice")},
		row{"not-a-date", fails, "`until` holds no day that exists.", "Write a day of the calendar, as `\"2026-09-30\"`.", hclExample("rule \"r\" {\n  kinds  = [\"event\"]\n  when   = \"item.private\"\n  effect = \"exclude\"\n  until  = \"2026-02-30\"\n}"), gives("Not a date")},
		row{"window-expected", fails, "Something else stands where a window belongs.", "Write days (`\"14d\"`), weeks (`\"2w\"`) or `\"unlimited\"`.", orgWith("events {\n  window {\n    past = 14\n  }\n}"), gives("Window expected")},
		row{"unknown-window", fails, "A text is no window.", "Write whole days (`\"14d\"`), weeks (`\"2w\"`) or `\"unlimited\"`.", orgWith("events {\n  window {\n    past = \"two weeks\"\n  }\n}"), gives("Unknown window")},
		row{"window-too-long", fails, "A window is longer than windows may be.", "Write a shorter one, or `\"unlimited\"`.", orgWith("events {\n  window {\n    past = \"99999d\"\n  }\n}"), gives("Window too long")},
		row{"scope-expected", fails, "A scope is written otherwise than scopes are.", "Write `\"all\"`, `\"mine\"` or `view.NAME`.", orgWith("contacts {\n  scope = mine\n}"), gives("Scope expected")},
		row{"unknown-scope", fails, "There is no such scope.", "Write `\"all\"`, `\"mine\"` or `view.NAME`.", orgWith("contacts {\n  scope = \"min\"\n}"), gives("Unknown scope")},
		row{"unknown-view", fails, "The policy has no view of this name.", "Add the view, or take one of those that the finding lists.", orgWith("contacts {\n  scope = view.key\n}"), gives("Unknown view")},
		row{"unknown-kind", fails, "There is no such kind of item.", "Write `contact`, `task` or `event`.", hclExample("rule \"r\" {\n  kinds  = [\"meeting\"]\n  when   = \"item.private\"\n  effect = \"exclude\"\n}"), gives("Unknown kind")},
		row{"unknown-group", fails, "The policy has no group of this name.", "Add the group, or take one that there is; recorded groups are in `user.groups`.", hclExample("rule \"r\" {\n  kinds  = [\"event\"]\n  groups = [\"sales\"]\n  when   = \"item.private\"\n  effect = \"exclude\"\n}"), gives("Unknown group")},
	)
}

func conditionRules() []Rule {
	return conditions.rules(
		row{"condition-expected", fails, "Something else stands where a condition belongs.", "Write a CEL expression in quotes, with texts inside it in single quotes.", hclExample("rule \"r\" {\n  kinds  = [\"event\"]\n  when   = item.private\n  effect = \"exclude\"\n}"), gives("Condition expected")},
		row{"empty-condition", fails, "A condition is empty.", "Write `\"true\"` for one that always holds.", ruleWhen(""), gives("Empty condition")},
		row{"invalid-condition", fails, "A condition is no CEL expression.", "Correct the place it names.", ruleWhen("item.private &&"), gives("Invalid condition")},
		row{"ill-typed-condition", fails, "A condition puts things together that do not go together, such as a text and a number.", "Compare attributes with values of their own type.", ruleWhen("item.title > 3"), gives("Ill-typed condition")},
		row{"condition-that-is-not-true-or-false", fails, "A condition gives something else than true or false.", "Compare it with something.", ruleWhen("item.title"), gives("Condition that is not true or false")},
		row{"argument-that-is-not-a-literal", fails, "A function takes a text that can be checked before any item is seen, and gets a computed one.", "Write the text itself.", ruleWhen("item.title.matches(item.location)"), gives("Argument that is not a literal")},
		row{"attribute-in-brackets", fails, "An attribute is asked for in brackets, which are for custom fields.", "Write `item.title`.", ruleWhen("item['title'] == 'x'"), gives("Attribute in brackets")},
		row{"attribute-of-another-kind", fails, "A rule asks for an attribute that some of its kinds do not have.", "Leave those kinds out.", hclExample("rule \"r\" {\n  kinds  = [\"event\"]\n  when   = \"item.due == today\"\n  effect = \"exclude\"\n}"), gives("Attribute of another kind")},
		row{"unknown-custom-field", fails, "No recorded row has a custom field of this name.", "Capture the field, or correct its name.", when("`item.custom['Ratin__c'] == 'Hot'`, of a recording that has `Rating__c`."), gives("Unknown custom field")},
		row{"custom-field-with-two-types", fails, "A custom field has other types for some of the rule's kinds.", "Write one rule for each kind.", when("`item.custom['Code__c'] == 'x'`, of a recording in which it is a text of contacts and a number of tasks."), gives("Custom field with two types")},
		row{"custom-field-without-a-name", fails, "`custom` is used without a field's name.", "Name the field with a literal: `item.custom['Api_Name__c']`.", ruleWhen("size(item.custom) > 0"), gives("Custom field without a name")},
		row{"invalid-date", fails, "`date()` gets no day of the calendar.", "Write it as `date('2026-05-04')`.", hclExample("rule \"r\" {\n  kinds  = [\"task\"]\n  when   = \"item.due < date('2026-02-30')\"\n  effect = \"exclude\"\n}"), gives("Invalid date")},
		row{"too-many-days", fails, "`days()` gets no number of days that it takes.", "Write a smaller whole number.", ruleWhen("item.start < now - days(99999999)"), gives("Too many days")},
		row{"invalid-duration", fails, "`duration()` gets no duration.", "Write hours, minutes and seconds, as in `duration('36h')`, or `days(2)`.", ruleWhen("item.start < now - duration('2 days')"), gives("Invalid duration")},
		row{"invalid-timestamp", fails, "`timestamp()` gets no instant between the years 1700 and 2200.", "Write it as `timestamp('2026-05-04T08:00:00Z')`.", ruleWhen("item.start < timestamp('yesterday')"), gives("Invalid timestamp")},
		row{"invalid-pattern", fails, "A pattern is none of RE2, which has no look-around and no back-references.", "Correct it, or ask with `startsWith()`, `contains()` and `endsWith()`.", ruleWhen("item.title.matches('(')"), gives("Invalid pattern")},
		row{"unknown-time-zone", fails, "There is no time zone of this name.", "Write an IANA name, such as `Europe/Berlin`.", ruleWhen("item.start.getHours('Europe/Berln') > 8"), gives("Unknown time zone")},
		row{"unknown-function", fails, "There is no such function.", "Take the name that is suggested; `docs/language.md` lists them all.", ruleWhen("item.title.beginsWith('x')"), gives("Unknown function")},
		row{"unknown-name", fails, "There is nothing of this name here.", "Take the name that is suggested; a text stands in quotes.", ruleWhen("itm.private"), gives("Unknown name")},
		row{"reserved-name", fails, "A variable has a name that means something in conditions already.", "Give it another name.", ruleWhen("item.attendees.exists(item, true)"), gives("Reserved name")},
		row{"missing-argument", fails, "A function that looks through a list lacks the name for its members or the condition.", "Write both: `item.attendees.exists(a, a.email == 'x')`.", ruleWhen("item.attendees.exists()"), gives("Missing argument")},
		row{"name-that-is-not-available-here", fails, "Something is asked for that this rule, group or guardrail cannot see.", "Move the condition to where it can be seen, as the finding says.", hclExample("group \"sales\" {\n  when = \"item.private\"\n}"), gives("Name that is not available here")},
		row{"unsupported-construct", fails, "A condition builds a message, which conditions cannot.", "Compare the attributes one by one.", ruleWhen("Event{private: true} == item"), gives("Unsupported construct")},
	)
}

func regoRules() []Rule {
	return rego.rules(
		row{"empty-module", fails, "A Rego module is empty.", "Begin it with its package, such as `package weir.rules`, or remove it.", regoExample(""), gives("Empty module")},
		row{"invalid-rego", fails, "OPA's parser or compiler does not take the module; the finding has its words.", "Correct the place it names.", rulesWith("exclude contains if {"), gives("Invalid Rego")},
		row{"ill-typed-rego", fails, "A rule compares or computes with things that do not go together.", "Compare things of one type.", rulesWith("exclude contains {\"reason\": \"x\", \"kinds\": [\"event\"]} if input.item.private == \"yes\""), gives("Ill-typed Rego")},
		row{"ill-typed-reference", fails, "A rule asks for a part of something that has no parts.", "Ask for the thing itself.", rulesWith("exclude contains {\"reason\": \"x\", \"kinds\": [\"event\"]} if helper.text == \"x\"\n\nhelper := \"y\""), gives("Ill-typed reference")},
		row{"unknown-package", fails, "A package begins with `weir.` and is none that weir reads.", "Take `weir.rules`, `weir.settings` or `weir.guardrails`; helpers may have any name outside of `weir`.", regoExample("package weir.rule\n\nx := 1"), gives("Unknown package")},
		row{"reserved-package", fails, "A package has a name that OPA itself uses.", "Give it another name.", regoExample("package system\n\nx := 1"), gives("Reserved package")},
		row{"rule-that-calls-itself", fails, "A rule needs its own result; Rego has no recursion.", "Take it apart.", rulesWith("exclude contains {\"reason\": \"x\"} if helper\n\nhelper if other\n\nother if helper"), gives("Rule that calls itself")},
		row{"rule-that-cannot-be-read", fails, "A rule uses one that only weir reads.", "Put what both need into a helper rule.", rulesWith("exclude contains {\"reason\": \"x\"} if input.item.private\n\nhold contains {\"reason\": \"y\"} if count(exclude) > 0"), gives("Rule that cannot be read")},
		row{"function-not-allowed", fails, "A function of OPA's is not available in policies: it would reach outside, be different each time, or take too much.", "Do without it, as the finding says.", rulesWith("exclude contains {\"reason\": \"x\"} if http.send({}).status_code == 200"), gives("Function not allowed")},
		row{"set-expected", fails, "A name that weir reads as a set is written as something else.", "Write it with `contains`.", rulesWith("exclude := true"), gives("Set expected")},
		row{"object-expected", fails, "The members of a set of rules are not objects that stand in the rule.", "Write `{\"reason\": \"…\"}`.", rulesWith("exclude contains \"private\" if input.item.private"), gives("Object expected")},
		row{"missing-reason", fails, "A rule does not say its reason.", "Write `{\"reason\": \"…\"}`: people see it.", rulesWith("exclude contains {\"kinds\": [\"event\"]} if input.item.private"), gives("Missing reason")},
		row{"constant-expected", fails, "A part of a rule's object is computed, and is shown before any rule runs.", "Write the value itself.", rulesWith("exclude contains {\"reason\": input.item.title} if input.item.private"), gives("Constant expected")},
		row{"setting-expected", fails, "A rule of `weir.settings` gives no value.", "Write the setting's path with a value: `contacts.forbid_to_remove := true if …`.", regoExample("package weir.settings\n\ncontacts contains \"x\""), gives("Setting expected")},
	)
}

func boundRules() []Rule {
	return bounds.rules(
		row{"file-too-large", fails, "A file of the policy is larger than files may be.", "Split it into several files.", when("A file of a mebibyte."), gives("File too large")},
		row{"policy-too-large", fails, "All files of the policy together are larger than they may be.", "Take out what is not needed.", when("Hundreds of files, each as large as one may be."), gives("Policy too large")},
		row{"too-many-files", fails, "The directory holds more files than a policy may.", "Keep the policy in a directory of its own.", when("A thousand files."), gives("Too many files")},
		row{"too-many-blocks", fails, "The policy has more rules, groups, users and views than it may.", "Let conditions list many values: `item.owner_email in ['a@acme.example', 'b@acme.example']`.", when("Tens of thousands of user blocks."), gives("Too many blocks")},
		row{"more-problems", fails, "There are more problems than are shown.", "Correct the first ones and look again.", when("A file with hundreds of mistakes."), gives("More problems")},
		row{"nesting-too-deep", fails, "Brackets, braces and quotes stand too deep inside one another.", "A policy needs a handful: take it apart.", when("A thousand opening brackets."), gives("Nesting too deep")},
		row{"number-too-long", fails, "A number has too many digits.", "Write a number that can be meant.", when("A number of ten thousand digits."), gives("Number too long")},
		row{"condition-too-long", fails, "A condition is longer than one may be.", "Split it into several rules.", when("A condition of a hundred thousand bytes."), gives("Condition too long")},
		row{"condition-too-complex", fails, "A condition has more operators and functions than one may.", "Write lists (`item.title in ['a', 'b']`), or split it into several rules.", when("Ten thousand comparisons joined by `||`."), gives("Condition too complex")},
		row{"condition-nested-too-deeply", fails, "Brackets and operators of a condition stand too deep inside one another.", "Split it into several rules.", when("Hundreds of brackets inside one another."), gives("Condition nested too deeply")},
		row{"too-many-conditions", fails, "All conditions of the policy together are more than they may be.", "Write lists where they will do.", when("Thousands of long conditions."), gives("Too many conditions")},
		row{"pattern-too-large", fails, "A pattern compiles to too many steps.", "Counted repetitions multiply: write fewer, or smaller numbers.", ruleWhen("item.title.matches('((abcdefghij){30}){30}')"), gives("Pattern too large")},
		row{"too-many-patterns", fails, "The patterns of the policy compile to too many steps together.", "Use `startsWith()`, `endsWith()` or lists where they will do.", when("Hundreds of large patterns."), gives("Too many patterns")},
		row{"brackets-nested-too-deeply", fails, "Brackets of a Rego module stand too deep inside one another.", "Split the value into several rules.", when("A thousand opening brackets."), gives("Brackets nested too deeply")},
		row{"expression-too-long", fails, "An expression of a Rego module has too many operators.", "Split it into several rules.", when("`x := 1 + 1 + 1 + …`, a thousand times."), gives("Expression too long")},
		row{"too-many-rules", fails, "The Rego modules have more rules than they may.", "Put names and addresses into tables that one rule looks up.", when("Tens of thousands of rules."), gives("Too many rules")},
		row{"too-many-rules-that-use-rules", fails, "The rules of the Rego modules lead to each other too often.", "Put conditions that belong together into one rule.", when("Rules that each use all those before them."), gives("Too many rules that use rules")},
		row{"values-nested-too-deeply", fails, "A rule puts values into each other until they grow beyond all bounds.", "Build smaller values.", when("`b := [a, a]`, `c := [b, b]`, and so on."), gives("Values nested too deeply")},
		row{"too-many-values", fails, "The Rego modules hold more values than they may.", "Take out what is not needed.", when("A table of a hundred thousand rows."), gives("Too many values")},
		row{"too-many-expressions", fails, "A rule of a Rego module has too many expressions.", "Split it into several rules.", when("A rule of a thousand lines."), gives("Too many expressions")},
		row{"comprehensions-nested-too-deeply", fails, "Comprehensions stand too deep inside one another.", "Give the inner ones names of their own, as rules or functions.", when("Ten comprehensions inside one another."), gives("Comprehensions nested too deeply")},
		row{"too-many-comprehensions", fails, "The comprehensions of the Rego modules hold too many expressions.", "Take parts of them out into rules of their own.", when("Thousands of comprehensions."), gives("Too many comprehensions")},
		row{ruleInternal, fails, "weir failed on a condition or a Rego module. No text is known that gives this.", "Please report it; writing the condition in smaller steps may help.", when("None is known."), gives("Condition that weir cannot read", "Rego that weir cannot read")},
	)
}

func peopleRules() []Rule {
	return people.rules(
		row{"two-groups-disagree", fails, "Somebody is in two groups of equal precedence that set something differently.", "Give one a higher `precedence`, or make their conditions exclude each other.", when("Ann is in groups `sales` and `bonn`, and they set `tasks.downsync` differently."), gives("Two groups disagree")},
		row{"two-rules-disagree", fails, "Two rules of `weir.settings` set something differently for somebody.", "Make their conditions exclude each other.", when("`tasks.downsync := true if input.user.active` and `tasks.downsync := false if …`, and both hold for Ann."), gives("Two rules disagree")},
		row{"expired-entry", warns, "A block was meant to stand until a day that has passed, and still applies.", "Remove it, or give it a later day.", when("`until = \"2026-01-31\"`, and a recording of May."), gives("Expired entry")},
		row{"user-not-recorded", warns, "A user block names somebody whom the recording does not have, so that it changes nothing.", "Correct the address, or remove the block.", when("`user \"anne@acme.example\" { … }`, and the recording has ann@acme.example."), gives("User not recorded")},
		row{"membership-not-known", warns, "Whether somebody is in a group cannot be told.", "Let the group's condition ask for what every user's values can answer.", when("A group that asks `int(user.name) > 3`, and Ann."), gives("Membership not known")},
		row{"setting-not-known", warns, "What a rule of `weir.settings` sets for somebody cannot be told.", "Make the rule smaller, or correct what the finding names.", when("A rule that takes longer than rules may."), gives("Setting not known")},
		row{"unreadable-preference", warns, "A switch of somebody's settings page holds something that it cannot, and counts as unset.", "Record the settings page again.", when("A preference whose `contacts.scope` is a number."), gives("Unreadable preference")},
		row{"nothing-known-then", fails, "The recording knows nothing of the instant that is asked about.", "Ask about an instant at or after the first capture.", when("An instant before the recording's first capture."), gives("Before the first capture", "Nothing captured", "Only counted")},
	)
}

func doubtRules() []Rule {
	return slices.Concat(doubts.of([]string{PartLint},
		row{"unused-view", warns, "No scope names the view.", "Use it (`scope = view.NAME`), or remove it.", hclExample("view \"key\" {\n  list_view = \"Key\"\n}"), gives("Unused view")},
		row{"forced-in-vain", warns, "A setting is forced that nobody could change anyway.", "Leave it out of `forced`.", hclExample("org {\n  preferences = \"ignore\"\n\n  tasks {\n    downsync = true\n    forced   = [\"downsync\"]\n  }\n}"), gives("Forced in vain")},
		row{"groups-that-overlap", warns, "Two groups of equal precedence set something differently, and it is not proved that nobody is in both.", "Give one a higher `precedence`, or make their conditions exclude each other.",
			hclExample("group \"a\" {\n  when       = \"user.profile == 'A'\"\n  precedence = 1\n\n  tasks {\n    downsync = true\n  }\n}\n\ngroup \"b\" {\n  when       = \"user.name == 'B'\"\n  precedence = 1\n\n  tasks {\n    downsync = false\n  }\n}"), gives("Groups that overlap")}),
		doubts.rules(
			row{"group-without-members", warns, "A group's condition holds for nobody, or for nobody of the recording.", "Correct the condition, or remove the group.", hclExample("group \"nobody\" {\n  when = \"user.profile == 'A' && user.profile == 'B'\"\n}"), gives("Group without members")},
			row{"group-of-everybody", warns, "A group's condition is true of everybody, and does not look so.", "Write `\"true\"` if that is meant; two refusals are joined with `&&`.", hclExample("group \"all-but\" {\n  when = \"user.profile != 'A' || user.profile != 'B'\"\n}"), gives("Group of everybody")},
			row{"rule-that-never-fires", warns, "A rule's condition holds for nothing.", "Correct the condition, or remove the rule.", ruleWhen("item.private && !item.private"), gives("Rule that never fires")},
			row{"invariant-about-nothing", warns, "An invariant's condition is never true, so that it promises nothing.", "Correct the condition, or remove the invariant.", hclExample("invariant \"i\" {\n  when  = \"item.private && !item.private\"\n  never = [\"delete\"]\n}"), gives("Invariant about nothing")},
			row{"rule-that-always-fires", warns, "A rule's condition is true of everything it is about, and does not look so.", "Write `\"true\"` if that is meant; two refusals are joined with `&&`.", ruleWhen("item.title != 'A' || item.title != 'B'"), gives("Rule that always fires")},
			row{"view-without-contacts", warns, "A view's filter holds for no contact.", "Correct the filter, or remove the view.", hclExample("view \"none\" {\n  filter = \"item.company == 'A' && item.company == 'B'\"\n}"), gives("View without contacts")},
			row{"view-of-all-contacts", warns, "A view's filter is true of every contact, and does not look so.", "Write `\"true\"` or `scope = \"all\"` if that is meant.", hclExample("view \"any\" {\n  filter = \"item.company != 'A' || item.company != 'B'\"\n}"), gives("View of all contacts")},
			row{"rule-with-nothing-to-stop", warns, "What the rule could stop is switched off for everybody already.", "Remove the rule, or check its kinds and direction.",
				hclExample("org {\n  tasks {\n    upsync   = \"off\"\n    downsync = false\n  }\n}\n\nrule \"r\" {\n  kinds  = [\"task\"]\n  when   = \"item.private\"\n  effect = \"exclude\"\n}"), gives("Rule with nothing to stop")},
			row{"rule-without-effect", warns, "Another rule does already what this one does, or nothing reads it.", "Remove it, make one narrower, or correct its name.",
				hclExample("rule \"wide\" {\n  kinds  = [\"event\"]\n  when   = \"item.private\"\n  effect = \"exclude\"\n}\n\nrule \"narrow\" {\n  kinds  = [\"event\"]\n  when   = \"item.private && item.title == 'x'\"\n  effect = \"exclude\"\n}"), gives("Rule without effect")},
		))
}

func testRules() []Rule {
	return tests.rules(
		row{"no-tests-in-the-file", fails, "A file of tests holds no test.", "Write one, or remove the file.", testExample("# later"), gives("No tests in the file")},
		row{"test-that-expects-nothing", fails, "A test expects nothing, so that it cannot fail.", "Say what must come of it.", testExample("test \"calls\" {\n  task \"call\" {\n  }\n}"), gives("A test that expects nothing")},
		row{"recording-and-world", fails, "A test takes its world from a recording, and describes one besides.", "Keep one of both.", testExample("test \"calls\" {\n  recording = \"recordings/small\"\n\n  task \"call\" {\n  }\n\n  expect \"summary\" {\n    held = 0\n  }\n}"), gives("A recording and a world")},
		row{"recording-outside-of-the-policy", fails, "A test names a recording outside of the policy's directory.", "Keep it inside, and name it by its path from there.", testExample("test \"calls\" {\n  recording = \"../elsewhere\"\n\n  expect \"summary\" {\n    held = 0\n  }\n}"), gives("Outside of the policy")},
		row{"unreadable-recording", fails, "A test's recording cannot be used.", "Correct the recording, as the finding says; `weir inspect` shows all of it.", testExample("test \"calls\" {\n  recording = \"recordings/none\"\n\n  expect \"summary\" {\n    held = 0\n  }\n}"), gives("Unreadable recording")},
		row{"named-twice", fails, "Two things of a test, or two tests, have one name.", "Give one another name.", testWith("task \"call\" {\n}\ntask \"call\" {\n}"), gives("Named twice")},
		row{"too-much-in-a-test", fails, "A file of tests holds more than one may.", "Split it into several files.", when("Thousands of tests in a file."), gives("Too many *")},
		row{"wrong-type", fails, "A value of a test is of another type than what it is for.", "Write it as the finding says; tests hold literals only.", testWith("task \"call\" {\n  title = 5\n}"), gives("Wrong type")},
		row{"instant-out-of-range", fails, "An instant of a test is of no year that instants may be of, or lies before the first capture of its recording.", "Write one of the range that the finding names.", testWith("task \"call\" {\n  created = \"9999-01-01T00:00:00Z\"\n}"), gives("Instant out of range")},
		row{"wrong-duration", fails, "The time between sessions is none.", "Write it as `\"30m\"` or `\"2h\"`: a second to a week.", testExample("world {\n  every = \"0s\"\n}\n\ntest \"calls\" {\n  task \"call\" {\n  }\n\n  expect \"summary\" {\n    held = 0\n  }\n}"), gives("Wrong duration")},
		row{"unknown-word", fails, "A text of a test is none of those that may stand there, or names nothing of the test.", "Take one of those that the finding lists.", expecting("expect \"create\" {\n  task = \"cal\"\n}"), gives("Unknown *")},
		row{"unknown-person", fails, "A test names somebody whom it does not have.", "Add a `user`, or a `person` for somebody who is not synced.", testWith("task \"call\" {\n  owner = \"bob\"\n}"), gives("Unknown person")},
		row{"unknown-user", fails, "A test names a user whom it does not have.", "Add the user, or correct the name.", expecting("expect \"create\" {\n  task = \"call\"\n  user = \"an\"\n}"), gives("Unknown user")},
		row{"unknown-switch", fails, "The settings page has no such switch.", "Take the key that is suggested.", testWith("user \"ann\" {\n  preference \"new\" {\n    contacts {\n      downsink = true\n    }\n  }\n}"), gives("Unknown switch")},
		row{"unknown-expectation", fails, "Nothing of this kind can be expected.", "Take one of those that the finding lists.", expecting("expect \"creat\" {\n  task = \"call\"\n}"), gives("Unknown expectation")},
		row{"no-thing-named", fails, "An expectation does not say of what.", "Name a `contact`, `task` or `event`.", expecting("expect \"create\" {\n}"), gives("No thing named")},
		row{"two-things-named", fails, "An expectation is about two things.", "Write a block for each.", expecting("expect \"create\" {\n  task  = \"call\"\n  event = \"visit\"\n}"), gives("Two things named")},
		row{"whose-is-not-said", fails, "A test has several users, and does not say which of them is meant.", "Name the `owner`, or the `user`.", testWith("user \"ann\" {\n}\nuser \"bob\" {\n}\ntask \"call\" {\n}"), gives("No *")},
		row{"when-did-it-happen", fails, "A change of a test's thing says twice when it happens.", "Write `at` or `before_session`.", testWith("task \"call\" {\n  changed {\n    at             = \"2026-05-04T07:30:00Z\"\n    before_session = 2\n  }\n}"), gives("When did it happen?")},
		row{"before-what-came-before", fails, "What happens to a test's thing does not stand in its order.", "Put it into the order in which it happened.", testWith("task \"call\" {\n  created = \"2026-05-04T07:30:00Z\"\n\n  changed {\n    at = \"2026-05-04T07:00:00Z\"\n  }\n}"), gives("Before what came before")},
		row{"after-the-end", fails, "Something happens to a test's thing after its end.", "Remove it, or put it before the end.", testWith("task \"call\" {\n  deleted {\n  }\n  changed {\n    title = \"late\"\n  }\n}"), gives("After the end")},
		row{"session-out-of-range", fails, "A test names a session that it does not reach.", "Write a number of the range that the finding names: sessions count from 1.", testWith("task \"call\" {\n  changed {\n    before_session = 0\n  }\n}"), gives("Session out of range")},
		row{"unreadable-recurrence", fails, "A recurrence of a test cannot be read.", "Write it as RFC 5545 does: `FREQ=WEEKLY;COUNT=3`.", testWith("event \"visit\" {\n  recurrence = \"weekly\"\n}"), gives("Unreadable recurrence")},
	)
}
