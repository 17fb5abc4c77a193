# People get the contacts of customers, as a Salesforce list view lists them, and no others.
#
# The list view must be recorded. Change its name to your own.

org {
  contacts {
    scope  = view.customers
    forced = ["scope"]
  }
}

view "customers" {
  list_view = "Customer_Contacts"
}
