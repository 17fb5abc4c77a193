# Company-wide meetings with more than fifty people do not go down.

rule "big-meetings-stay-out" {
  kinds  = ["event"]
  when   = "size(item.attendees) > 50 || item.title.contains('All hands')"
  effect = "exclude"
  reason = "a meeting of the whole company"
}
