rule "no-private-events" {
  kinds     = ["event"]
  direction = "both"
  when      = "item.private"
  effect    = "exclude"
  reason    = "private events stay where they are"
}

rule "free-mail-stays-out" {
  kinds  = ["contact"]
  when   = "domain(item.email) in ['mail.example', 'post.example']"
  effect = "exclude"
  reason = "addresses of free mail services are people's own"
}

invariant "private-events-stay" {
  kinds       = ["event"]
  when        = "item.private"
  never       = ["create_in_mailbox", "update_in_mailbox", "create_in_salesforce"]
  description = "no private event is ever copied, in either direction"
}
