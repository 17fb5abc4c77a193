# Salesforce is the master: nothing goes up, and what people delete comes back.

org {
  contacts {
    upsync           = "off"
    forbid_to_remove = true
    conflict         = "salesforce"
    forced           = ["forbid_to_remove"]
  }
  tasks {
    upsync           = "off"
    forbid_to_remove = true
    conflict         = "salesforce"
    forced           = ["forbid_to_remove"]
  }
  events {
    upsync   = "off"
    removal  = "keep"
    conflict = "salesforce"
  }
}
