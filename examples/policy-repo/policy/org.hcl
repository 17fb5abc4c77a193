weir {
  requires = ">= 0.1"
}

org {
  contacts {
    scope            = "mine"
    forbid_to_remove = true
    forced           = ["forbid_to_remove"]
  }
  tasks {
    window {
      completed = "14d"
    }
  }
  events {
    window {
      past   = "14d"
      future = "60d"
    }
  }
  limits {
    mailbox_deletes {
      percent = 30
      floor   = 10
    }
    salesforce_deletes {
      percent = 5
      floor   = 5
      max     = 100
    }
  }
}
