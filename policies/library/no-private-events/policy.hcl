# Private events stay where they are, in Salesforce and in the mailbox.

rule "no-private-events" {
  kinds     = ["event"]
  direction = "both"
  when      = "item.private"
  effect    = "exclude"
  reason    = "private events stay where they are"
}
