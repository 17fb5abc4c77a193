world {
  at = "2026-05-04T08:00:00Z"

  user "kim" {
    profile = "Field Sales"
  }

  user "lee" {
    profile = "Sales"
  }

  event "kick-off in three weeks" {
    owner        = "kim"
    participants = ["kim", "lee"]
    start        = "2026-05-25T09:00:00Z"
    end          = "2026-05-25T10:00:00Z"
    private      = false

    invitee "lee" {
      response = "accepted"
    }
  }
}

test "people on the road see two weeks ahead" {
  expect "out" {
    user   = "kim"
    event  = "kick-off in three weeks"
    reason = "after_window"
  }

  expect "setting" {
    user    = "kim"
    setting = "events.window.future"
    value   = "14d"
    group   = "field-sales"
  }
}

test "others see sixty" {
  expect "in" {
    user  = "lee"
    event = "kick-off in three weeks"
  }
}
