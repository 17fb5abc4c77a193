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
