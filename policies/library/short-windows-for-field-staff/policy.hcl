# Field staff see the coming two weeks and little of the past; what ages out leaves the mailbox.

group "field-staff" {
  when       = "user.profile == 'Field Sales' || 'field' in user.groups"
  precedence = 20
  tasks {
    window {
      completed = "2d"
    }
    when_out = "remove"
  }
  events {
    window {
      past   = "1d"
      future = "2w"
    }
    when_out = "remove_if_born_in_salesforce"
  }
}
