group "field-sales" {
  description = "People on the road see two weeks of finished tasks and what lies two weeks ahead."
  owner       = "sales-operations@acme.example"
  when        = "user.profile == 'Field Sales'"
  precedence  = 10

  events {
    window {
      future = "14d"
    }
  }
}
