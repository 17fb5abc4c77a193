# The built-in defaults: what the product does when nobody changes anything.
#
# This file is the lowest layer under every policy. A policy does not repeat it:
# it names only what it wants to be different. Layers, low to high: this file,
# org, groups by ascending precedence, user, the person's own settings page.

org {
  # Whether people's own settings pages count: "respect" | "ignore".
  preferences = "respect"

  # Whether people are synced at all: "on" | "off".
  sync = "on"

  contacts {
    # From Salesforce down into the mailbox. Off stops only the way down.
    downsync = true

    # Which contacts: "all" the person may read, "mine", or view.NAME.
    scope = "mine"

    # Deleting in the mailbox deletes in Salesforce, unless this is true.
    forbid_to_remove = false

    # A copy that is no longer in scope: "keep" | "remove" | "remove_if_born_in_salesforce".
    when_out = "keep"

    # Both sides changed one field: "newest" | "salesforce" | "mailbox" wins.
    conflict = "newest"

    # What goes up: what people "marked", "auto" (the same for contacts), or nothing ("off").
    upsync = "marked"

    # An item taken out of the sync on purpose: "unlink" | "delete".
    when_moved = "unlink"
  }

  tasks {
    downsync         = true
    forbid_to_remove = false
    when_out         = "keep"
    conflict         = "newest"
    upsync           = "marked"
    when_moved       = "unlink"

    # Logged activities (closed e-mails and calls) are not to-dos: "skip" | "include".
    logged = "skip"

    window {
      # Completed tasks stay in scope this long after their due date or last change.
      completed = "14d"
    }
  }

  events {
    downsync = true

    # A copy that leaves the window goes, if it came from Salesforce and nobody is invited.
    when_out = "remove_if_born_in_salesforce"

    conflict = "newest"

    # "auto": besides marked ones, meetings with people outside the organisation go up.
    upsync = "auto"

    when_moved = "unlink"

    # Deleting an event in the mailbox goes up ("propagate") or is undone ("keep").
    removal = "propagate"

    # Copies of meetings the person declined are kept up to date ("include") or not ("skip").
    when_declined = "include"

    window {
      # Days back, counted from an event's end.
      past = "14d"

      # Days ahead, counted to an event's start.
      future = "60d"
    }
  }

  # Brakes on mass deletions, per person and over the organisation. A limit trips
  # when there are more than floor and more than percent of what is linked, or
  # more than max; then all of them are held. mailbox_creates, mailbox_updates and
  # salesforce_creates exist in the same form and are off unless a policy sets them.
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
