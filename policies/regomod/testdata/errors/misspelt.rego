package weir.rules

exlude contains {"reason": "x"} if input.item.private # want `exlude contains {"reason": "x"}` Rule without effect: Nothing uses "exlude", and weir reads only "exclude" and "hold" in package weir.rules. Did you mean "exclude"?
