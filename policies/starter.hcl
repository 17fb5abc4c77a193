# A weir policy. It names only what should differ from the built-in defaults
# (weir settings shows every setting with the line that decides it).
#
# Try it:   weir validate -p .
#           weir plan -p . -r RECORDING
#           weir simulate -p . -r RECORDING

weir {
  requires = ">= 0.1"
}

org {
  # People's own settings pages: "respect" them, or "ignore" them all.
  preferences = "respect"

  contacts {
    # "all" that a person may read, only "mine", or view.NAME (see below).
    scope = "mine"

    # A contact deleted in a mailbox comes back instead of being deleted in Salesforce.
    forbid_to_remove = true

    # Settings that people's own pages cannot change.
    forced = ["forbid_to_remove"]
  }

  tasks {
    window {
      # Completed tasks stay this long: days ("14d"), weeks ("2w") or "unlimited".
      completed = "14d"
    }
  }

  events {
    window {
      past   = "14d"
      future = "60d"
    }
  }

  # More deletions than this at once are held until somebody has looked.
  limits {
    mailbox_deletes {
      percent = 30
      floor   = 10
    }
    salesforce_deletes {
      percent = 5
      floor   = 10
      max     = 500
    }
  }
}

# Settings for some people. The condition is a CEL expression about user; of two
# groups the one with the higher precedence wins.
#
# group "field-sales" {
#   when       = "user.profile == 'Field Sales'"
#   precedence = 10
#   contacts {
#     scope = view.key_accounts
#   }
# }

# Settings for one person, by mailbox address.
#
# user "ann.lee@acme.example" {
#   tasks {
#     downsync = false
#   }
# }

# A set of contacts: a Salesforce list view, by its developer name, or a filter.
#
# view "key_accounts" {
#   list_view = "Key_Accounts"
# }

# What never goes down (or up, or both). "hold" instead of "exclude" keeps things
# as they are and asks for a look.
rule "no-private-events" {
  kinds     = ["event"]
  direction = "both"
  when      = "item.private"
  effect    = "exclude"
  reason    = "private events stay where they are"
}
