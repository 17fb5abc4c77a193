# What people categorise as personal in their mailbox does not go up to Salesforce.

rule "personal-categories-stay" {
  direction = "up"
  when      = "item.categories.exists(c, c.lowerAscii() in ['personal', 'private', 'family'])"
  effect    = "exclude"
  reason    = "categorised as personal"
}
