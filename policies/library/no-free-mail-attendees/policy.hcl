# Meetings with people who use free mail services do not go up to Salesforce.

rule "no-free-mail-attendees" {
  kinds     = ["event"]
  direction = "up"
  when      = "item.attendees.exists(a, domain(a.email) in ['gmail.com', 'gmx.de', 'hotmail.com', 'icloud.com', 'outlook.com', 'web.de', 'yahoo.com'])"
  effect    = "exclude"
  reason    = "an attendee has a free mail address"
}
