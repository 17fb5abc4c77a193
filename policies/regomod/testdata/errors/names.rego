package weir.rules

exclude contains {"reason": "a"} if input.item.privat # want `privat` Unknown attribute: An item has no attribute "privat". Did you mean "private"?

exclude contains {"reason": "b"} if input.user.profil == "x" # want `profil` Unknown attribute: A user has no attribute "profil". Did you mean "profile"?

exclude contains {"reason": "c"} if input.itm.private # want `itm` Unknown name: There is no input.itm; input has item, user, now and today, and in weir.guardrails plan or simulation. Did you mean "item"?

