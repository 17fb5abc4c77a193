# For people under legal hold nothing is removed, on either side, by anybody.
#
# Put these people into the group "legal-hold" of the recording's manifest.

group "legal-hold" {
  when       = "'legal-hold' in user.groups"
  precedence = 1000

  contacts {
    forbid_to_remove = true
    when_out         = "keep"
    when_moved       = "unlink"
    forced           = ["forbid_to_remove"]
  }
  tasks {
    forbid_to_remove = true
    when_out         = "keep"
    when_moved       = "unlink"
    forced           = ["forbid_to_remove"]
  }
  events {
    removal    = "keep"
    when_out   = "keep"
    when_moved = "unlink"
  }
}

rule "legal-hold" {
  direction = "both"
  groups    = ["legal-hold"]
  when      = "item.linked"
  effect    = "hold"
  reason    = "legal hold: somebody looks at every change first"
}
