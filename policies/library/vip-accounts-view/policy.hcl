# Sales people get the contacts of key accounts, everybody else only their own.

org {
  contacts {
    scope = "mine"
  }
}

group "sales" {
  when       = "user.profile.startsWith('Sales')"
  precedence = 10
  contacts {
    scope = view.key_accounts
  }
}

view "key_accounts" {
  list_view = "Key_Accounts"
}
