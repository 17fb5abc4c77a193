test "private events stay where they are" {
  event "dentist" {
    start   = "2026-05-05T09:00:00Z"
    end     = "2026-05-05T10:00:00Z"
    private = true
  }

  expect "out" {
    event  = "dentist"
    reason = "excluded"
    rule   = "no-private-events"
  }
}

test "addresses of free mail services stay out" {
  contact "Jo" {
    email = "jo@mail.example"
  }

  contact "Max" {
    email = "max@customer.example"
  }

  expect "out" {
    contact = "Jo"
    rule    = "free-mail-stays-out"
  }

  expect "create" {
    contact = "Max"
  }
}

test "a contact deleted in the mailbox comes back" {
  contact "Max" {
    email = "max@customer.example"

    copy "ann" {
      deleted {
      }
    }
  }

  expect "restore" {
    contact = "Max"
  }
}
