package weir.rules

exclude contains {"reason": "a"} if input.item.private == "yes" # want `input.item.private == "yes"` Ill-typed Rego: A truth value is never equal to a text. Compare things of one type.

exclude contains {"reason": "b"} if input.item.categories == "Grün" # want `input.item.categories == "Grün"` Ill-typed Rego: A list is never equal to a text. Compare things of one type.
