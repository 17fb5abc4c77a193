package weir.rules

exclude contains {"reason": "a"} if regex.match("(", input.item.title) # want `"("` Invalid pattern: This is not an RE2 pattern that can be used: missing closing ): `(`.
