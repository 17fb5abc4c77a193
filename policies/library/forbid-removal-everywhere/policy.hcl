# Deleting in the mailbox never deletes in Salesforce, whatever people set on their page.

org {
  contacts {
    forbid_to_remove = true
    forced           = ["forbid_to_remove"]
  }
  tasks {
    forbid_to_remove = true
    forced           = ["forbid_to_remove"]
  }
  events {
    removal = "keep"
  }
}
