# A session that would change much is held for a look: deletions, creations and updates alike.

org {
  limits {
    mailbox_deletes {
      percent = 10
      floor   = 3
    }
    mailbox_creates {
      percent = 50
      floor   = 100
      max     = 500
    }
    mailbox_updates {
      percent = 50
      floor   = 100
    }
    salesforce_deletes {
      percent = 2
      floor   = 3
      max     = 50
    }
    salesforce_creates {
      percent = 20
      floor   = 50
    }
  }
}
