# Meetings outside of working hours stay in Salesforce. Hours are the person's own.

rule "working-hours-only" {
  kinds  = ["event"]
  when   = <<-CEL
    !item.all_day && (
      item.start.getHours(user.time_zone) < 7 || item.start.getHours(user.time_zone) >= 20 ||
      item.start.getDayOfWeek(user.time_zone) in [0, 6])
  CEL
  effect = "exclude"
  reason = "outside of working hours"
}
