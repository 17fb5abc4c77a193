world {
  at    = "2026-05-04" # want 11 Wrong type: at is an instant with its offset, such as "2026-05-04T08:00:00Z", but here is the text "2026-05-04". Tests hold literals only.
  every = "0s" # want 11 Wrong duration: The time between sessions is written "30m" or "2h", a week at most, not "0s".
}

world { # want 1 Named twice: There is another world: a file has one world, which all of its tests share.
}

test "types" {
  time_zone     = "Europe/Berln" # want 19 Unknown time zone: unknown time zone "Europe/Berln"; write an IANA name such as "Europe/Berlin".
  email_domains = "acme.example" # want 19 Wrong type: email_domains is a list of texts, but here is the text "acme.example". Tests hold literals only.
  incomplete    = ["tasks"] # want 20 Unknown kind: kind is "contact", "task" or "event", not "tasks". Did you mean "task"?

  user "ann" {
    active    = "true" # want 17 Wrong type: active is true or false, without quotes, but here is the text "true". Tests hold literals only.
    groups    = ["a", 1] # want 23 Wrong type: groups is a list of texts, but here is a number. Tests hold literals only.
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
        scope    = 1 # want 20 Wrong type: contacts.scope is true, false or a text, but here is a number. Tests hold literals only.
      }
      mails { # want 7 Unknown switch: The new settings page has no "mails".
      }
    }
  }

  task "call" {
    due        = "tomorrow" # want 18 Wrong type: due is a day, such as "2026-05-04", but here is the text "tomorrow". Tests hold literals only.
    closed     = "no" # want 18 Wrong type: closed is true or false, without quotes, but here is the text "no". Tests hold literals only.
    created    = "2026-05-04T08:00:00" # want 18 Wrong type: created is an instant with its offset, such as "2026-05-04T08:00:00Z", but here is the text "2026-05-04T08:00:00". Tests hold literals only.
    title      = 5 # want 18 Wrong type: title is a text in quotes, but here is a number. Tests hold literals only.
    unrecorded = ["dew"] # want 19 Unknown attribute: attribute is "title", "owner", "private", "created", "modified", "modified_by", "closed", "status", "priority", "due", "subtype", "body" or "completed", not "dew". Did you mean "due"?
  }

  event "visit" {
    start      = "1066-10-14T09:00:00Z" # want 18 Wrong type: start is an instant with its offset, such as "2026-05-04T08:00:00Z", but here is the text "1066-10-14T09:00:00Z". Tests hold literals only.
    attendees  = "guest@other.example" # want 18 Wrong type: attendees is a list of addresses, but here is the text "guest@other.example". Tests hold literals only.
    recurrence = "FREQ=SOMETIMES" # want 18 Unreadable recurrence: FREQ is "SOMETIMES"; it must be DAILY, WEEKLY, MONTHLY or YEARLY.
  }

  expect "create" {
    task    = "call"
    session = 0 # want 15 Sessions count from 1: The first session is number 1, and 1000 is the last that tests reach.
  }
  expect "create" {
    task    = "call"
    session = 1.5 # want 15 Wrong type: session is a whole number, zero or more, but here is a number. Tests hold literals only.
  }
  expect "create" {
    task    = "call"
    session = 5000 # want 15 Sessions count from 1: The first session is number 1, and 1000 is the last that tests reach.
  }
}
