wrld { # want 1 Unknown block: In a test file there is no block "wrld". Did you mean "world"?
}

test "misspelt" {
  att = "2026-05-04T08:00:00Z" # want 3 Unknown attribute: In a test there is no attribute "att". Did you mean "at"?

  usr "ann" {} # want 3 Unknown block: In a test there is no block "usr". Did you mean "user"?

  user "ann" {
    profil = "Sales" # want 5 Unknown attribute: In a user there is no attribute "profil". Did you mean "profile"?
  }

  task "call" {
    du       = "2026-05-06" # want 5 Unknown attribute: In a task there is no attribute "du". Did you mean "due"?
    location = "Bonn" # want 5 Unknown attribute: In a task there is no attribute "location".
    owner    = "bob" # want 16 Unknown person: No user or person of this test is called "bob". Add person "bob" {} for somebody who is not synced.
  }

  event "visit" {
    folder = "x" # want 5 Unknown attribute: In a event there is no attribute "folder".

    copy "bob" {} # want 10 Unknown user: No user of this test is called "bob"; they are "ann".

    invitee "carl" { # want 13 Unknown person: No user or person of this test is called "carl". Add person "carl" {} for somebody who is not synced.
      response = "yes" # want 18 Unknown response: response is "none", "accepted", "tentative" or "declined", not "yes".
    }
  }

  preference "new" {} # want 3 Unknown block: In a test there is no block "preference".

  expect "creat" { task = "call" } # want 10 Unknown expectation: Nothing of the kind "creat" can be expected; there is "create", "update", "delete", "restore", "decline", "link", "unlink", "freeze", "reactivate", "held", "skipped", "nothing", "in", "out", "unknown", "setting", "summary" or "finding". Did you mean "create"?
  expect "create" { task = "cal" } # want 28 Unknown task: No task of this test is called "cal". Did you mean "call"?
  expect "create" { contact = "call" } # want 31 Unknown contact: No contact of this test is called "call".
  expect "create" {} # want 3 No thing named: Say what is expected to be "create": contact = "…", task = "…" or event = "…".
  expect "create" { # want 3 Two things named: An expectation is about one thing: write a block for each.
    task  = "call"
    event = "visit"
  }
  expect "create" {
    task = "call"
    user = "an" # want 12 Unknown user: No user of this test is called "an"; they are "ann". Did you mean "ann"?
  }
  expect "update" {
    task = "call"
    row  = "update_up" # want 12 Unknown row: row is "create", "skip", "unknown", "adopt", "adopt-frozen", "upload", "upload-blind", "personal", "blind", "moved-out", "ended", "settled", "update-down", "diverged", "update-up", "merge", "leave", "forget", "remove", "remove-event", "decline", "restore", "release", "withdraw", "keep-edited", "rejoin", "rest", "frozen-forget", "frozen-keep" or "retired", not "update_up". Did you mean "update-up"?
    on   = "mail" # want 12 Unknown on: on is "mailbox", "salesforce" or "link", not "mail". Did you mean "mailbox"?
  }
  expect "setting" { value = "mine" } # want 3 Missing setting: expect "setting" needs setting = ….
  expect "setting" { # want 3 Unknown setting: There is no setting "contact.scope". Did you mean "contacts.scope"?
    setting = "contact.scope"
    value   = "mine"
  }
  expect "setting" { setting = "contacts.scope" } # want 3 Missing value: expect "setting" needs value = ….
  expect "setting" {
    setting = "contacts.scope"
    value   = "ours" # want 15 Unknown contacts.scope: contacts.scope is "all", "mine" or "view:NAME", not "ours".
  }
  expect "setting" {
    setting = "tasks.conflict"
    value   = "oldest" # want 15 Unknown tasks.conflict: tasks.conflict is "newest", "salesforce" or "mailbox", not "oldest".
  }
  expect "setting" {
    setting = "contacts.downsync"
    value   = "true" # want 15 Wrong type: contacts.downsync is true or false, but here is the text "true". Tests hold literals only.
  }
  expect "finding" { code = "limit_triped" } # want 29 Unknown code: code is "assumed", "conflict_guess", "cross_user_delete", "diverged", "duplicate_link", "duplicate_match", "edited_copy_kept", "fault_outcome", "frozen_copies", "incomplete_capture", "invariant_broken", "invariant_unknown", "limit_tripped", "never_agreed", "no_access", "no_links", "not_organizer", "notifies_attendees", "orphaned_copies", "oscillation", "preference_wins", "private_link", "stale_recording", "superseded", "surprise_upsync", "undecided", "unreachable_action", "view_maybe_truncated", "view_unavailable" or "visibility_assumed", not "limit_triped". Did you mean "limit_tripped"?
  expect "finding" {} # want 3 Missing code: expect "finding" needs code = ….
  expect "summary" {} # want 3 Missing a count, such as mailbox_creates: expect "summary" needs a count, such as mailbox_creates = ….
  expect "summary" { mailbox_create = 1 } # want 22 Unknown attribute: In expect "summary" there is no attribute "mailbox_create". Did you mean "mailbox_creates"?
}
