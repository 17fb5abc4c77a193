package weir.rules

hold contains {"reason": "x"} if count(exclude) > 0 # want `exclude` Rule that cannot be read
