package weir.rule # want `weir.rule` Unknown package: There is no package "weir.rule"

exclude contains {"reason": "x"}
