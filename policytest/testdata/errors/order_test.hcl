test "nothing expected" { # want 1 A test that expects nothing: The test has no expect block, so that it cannot fail. Say what must come of it: expect "create" { task = "call" }.
  task "call" {}
}

test "twice" {
  user "ann" {}
  user "ann" {} # want 3 Named twice: There is another user or person "ann": names stand for one each.
  user "ANN@acme.example" {} # want 3 Named twice: There is another user with the address "ann@acme.example": a mailbox belongs to one user.
  person "ann" {} # want 3 Named twice: There is another user or person "ann": names stand for one each.

  task "call" {}
  task "call" {} # want 3 Named twice: There is another task "call": it is described in line 11.

  contact "greta" {
    copy "ann" {}
    copy "ann" {} # want 5 Named twice: There is another copy for "ann": a mailbox has one copy of a record.
  }

  expect "create" { task = "call" }
}

test "twice" { # want 1 Named twice: There is another test "twice": one of that name stands in line 5.
  expect "summary" { held = 0 }
}

test "two people" {
  user "ann" {}
  user "bob" {}

  task "call" {} # want 3 No owner: The test has several users ("ann" or "bob"). Say which one is meant: owner = "ann".

  expect "create" { task = "call" } # want 3 No user: The test has several users ("ann" or "bob"). Say which one is meant: user = "ann".
}

test "history" {
  task "call" {
    deleted {}
    changed { title = "late" } # want 5 After the end: The thing was deleted before, and nothing can happen to it any more.
  }
  task "early" {
    created = "2026-05-04T07:30:00Z"

    changed {} # want 5 Before what came before: What happens to a thing stands in the order in which it happened, after it was created (a month before the test's instant, or created = …).
  }
  task "when" {
    changed { # want 5 When did it happen?: Write at = … or before_session = …, not both.
      at             = "2026-05-04T07:30:00Z"
      before_session = 2
    }
  }
  task "never" {
    changed { before_session = 0 } # want 32 Session out of range: before_session is a whole number from 1, the first session, to 1000, the last that a test reaches, but here is 0. What is no session's write as at = ….
  }
  contact "lost" {
    merged {} # want 5 Missing into: Say which contact won: into = "…".
  }
  contact "found" {
    merged { into = "nobody" } # want 21 Unknown contact: No contact of this test is called "nobody".
  }
  view "Key" {
    members = ["grtea"] # want 16 Unknown contact: No contact of this test is called "grtea".
  }

  expect "nothing" { task = "call" }
}
