package weir.settings

contacts.scope := "mine" if input.item.private # want `input.item.private` Name that is not available here: A setting depends on the user alone
