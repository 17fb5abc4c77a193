package weir.rules

exclude := true # want `exclude := true` Set expected: "exclude" is a set: write exclude contains {"reason": "…"} if ….
