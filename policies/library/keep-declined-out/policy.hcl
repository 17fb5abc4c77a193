# Meetings that a person has declined leave the mailbox.

org {
  events {
    when_declined = "skip"
    when_out      = "remove"
  }
}
