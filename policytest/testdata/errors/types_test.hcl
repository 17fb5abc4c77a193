world {
  at    = "2026-05-04" # want 11 Wrong type: at is an instant with its offset, such as "2026-05-04T08:00:00Z", but here is the text "2026-05-04". Tests hold literals only.
  every = "0s" # want 11 Wrong duration: The time between sessions is a second to a week, written "30m" or "2h", not "0s".
}

world { # want 1 Named twice: There is another world: a file has one world, which all of its tests share.
}

test "types" {
  time_zone     = "Europe/Berln" # want 19 Unknown time zone: unknown time zone "Europe/Berln"; write an IANA name such as "Europe/Berlin".
  email_domains = "acme.example" # want 19 Wrong type: email_domains is a list of texts, but here is the text "acme.example". Tests hold literals only.
  incomplete    = ["tasks"] # want 20 Unknown kind: kind is "contact", "task" or "event", not "tasks". Did you mean "task"?

  user "ann" {
    active    = "true" # want 17 Wrong type: active is true or false, without quotes, but here is the text "true". Tests hold literals only.
    groups    = ["a", 1] # want 23 Wrong type: groups is a list of texts, but here is 1. Tests hold literals only.
    provider  = "outlook" # want 17 Unknown provider: provider is "office365", "exchange" or "gmail", not "outlook".
    time_zone = "Berlin" # want 17 Unknown time zone: unknown time zone "Berlin"; did you mean "Europe/Berlin"?.
    name      = upper("ann") # want 17 Wrong type: name is a text in quotes, but here is an expression. Tests hold literals only.

    custom {
      Region__c = ["x"] # want 19 Wrong type: Region__c is a text, true, false, a whole number or null, but here is a list. Tests hold literals only.
    }
    preference "newest" {} # want 16 Unknown page: page is "new" or "legacy", not "newest". Did you mean "new"?
    preference "new" {
      contacts {
        downsink = true # want 9 Unknown switch: The new settings page has no "contacts.downsink". Did you mean "contacts.downsync"?
        scope    = 1 # want 20 Wrong type: contacts.scope is true, false or a text, but here is 1. Tests hold literals only.
      }
      mails { # want 7 Unknown switch: The new settings page has no "mails".
      }
    }
  }

  task "call" {
    due        = "tomorrow" # want 18 Wrong type: due is a day, such as "2026-05-04", but here is the text "tomorrow". Tests hold literals only.
    closed     = "no" # want 18 Wrong type: closed is true or false, without quotes, but here is the text "no". Tests hold literals only.
    created    = "2026-05-04T08:00:00" # want 18 Wrong type: created is an instant with its offset, such as "2026-05-04T08:00:00Z", but here is the text "2026-05-04T08:00:00". Tests hold literals only.
    title      = 5 # want 18 Wrong type: title is a text in quotes, but here is 5. Tests hold literals only.
    unrecorded = ["dew"] # want 19 Unknown attribute: attribute is "title", "owner", "private", "created", "modified", "modified_by", "closed", "status", "priority", "due", "subtype", "body" or "completed", not "dew". Did you mean "due"?
  }

  event "visit" {
    start      = "1066-10-14T09:00:00Z" # want 18 Instant out of range: start is of the years 1700 to 2200, but here is "1066-10-14T09:00:00Z". Write it as "2026-05-04T08:00:00Z".
    attendees  = "guest@other.example" # want 18 Wrong type: attendees is a list of addresses, but here is the text "guest@other.example". Tests hold literals only.
    recurrence = "FREQ=SOMETIMES" # want 18 Unreadable recurrence: FREQ is "SOMETIMES"; it must be DAILY, WEEKLY, MONTHLY or YEARLY.
  }

  expect "create" {
    task    = "call"
    session = 0 # want 15 Session out of range: session is a whole number from 1, the first session, to 1000, the last that a test reaches, but here is 0. Without it, the expectation is of a plan of the world as it stands.
  }
  expect "create" {
    task    = "call"
    session = 1.5 # want 15 Session out of range: session is a whole number from 1, the first session, to 1000, the last that a test reaches, but here is a number with a fraction, or of more than 18 digits. Without it, the expectation is of a plan of the world as it stands.
  }
  expect "create" {
    task    = "call"
    session = 5000 # want 15 Session out of range: session is a whole number from 1, the first session, to 1000, the last that a test reaches, but here is 5000. Without it, the expectation is of a plan of the world as it stands.
  }
  expect "create" {
    task    = "call"
    session = -1 # want 15 Session out of range: session is a whole number from 1, the first session, to 1000, the last that a test reaches, but here is -1. Without it, the expectation is of a plan of the world as it stands.
  }
  expect "create" {
    task    = "call"
    session = 99999999999999999999 # want 15 Session out of range: session is a whole number from 1, the first session, to 1000, the last that a test reaches, but here is a number with a fraction, or of more than 18 digits. Without it, the expectation is of a plan of the world as it stands.
  }
  expect "summary" {
    held = -3 # want 12 Wrong type: held is a whole number, zero or more, but here is -3. Tests hold literals only.
  }
  expect "setting" {
    setting = "limits.mailbox_deletes.percent"
    value   = 300 # want 15 Number out of range: "percent" takes a whole number from 0 to 100.
  }
  expect "setting" {
    setting = "limits.mailbox_deletes.floor"
    value   = -1 # want 15 Number out of range: "floor" takes a whole number from 0 to 1000000000.
  }
  expect "setting" {
    setting = "events.window.past"
    value   = "99999d" # want 15 Window too long: "past" may be 36500 days at most. Did you mean "unlimited"?
  }
  expect "setting" {
    setting = "events.window.past"
    value   = "two weeks" # want 15 Unknown window: "past" takes whole days ("14d"), weeks ("2w") or "unlimited", not "two weeks".
  }
}

test "far away" {
  at    = "9999-01-01T00:00:00Z" # want 11 Instant out of range: at is of the years 1700 to 2200, but here is "9999-01-01T00:00:00Z". Write it as "2026-05-04T08:00:00Z".
  every = "200h" # want 11 Wrong duration: The time between sessions is a second to a week, written "30m" or "2h", not "200h".

  user "ann" {
    custom {
      Share__c = 0.5 # want 18 Wrong type: Share__c is a text, true, false, a whole number or null, but here is a number with a fraction, or of more than 18 digits. Tests hold literals only.
    }
  }

  task "call" {
    changed { before_session = -1 } # want 32 Session out of range: before_session is a whole number from 1, the first session, to 1000, the last that a test reaches, but here is -1. What is no session's write as at = ….
    changed { before_session = 1000000 } # want 32 Session out of range: before_session is a whole number from 1, the first session, to 1000, the last that a test reaches, but here is 1000000. What is no session's write as at = ….
    changed { at = "0001-01-01T00:00:00Z" } # want 20 Instant out of range: at is of the years 1700 to 2200, but here is "0001-01-01T00:00:00Z". Write it as "2026-05-04T08:00:00Z".
  }

  expect "create" {
    task    = "call"
    session = 1000000 # want 15 Session out of range: session is a whole number from 1, the first session, to 1000, the last that a test reaches, but here is 1000000. Without it, the expectation is of a plan of the world as it stands.
  }
}
