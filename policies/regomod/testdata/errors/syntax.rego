package weir.rules

exclude contains {"reason": "x"} if input.item.private and input.item.linked # want `and` Invalid Rego
