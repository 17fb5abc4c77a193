package weir.rules

exclude contains {"reason": "d"} if strtswith(input.item.title, "x") # want `strtswith` Unknown function: There is no function "strtswith". Did you mean "startswith"?

exclude contains {"reason": "e"} if input.now > time.now_ns() # want `time.now_ns` Function not allowed: time.now_ns is not available in policies: the instant is an input. Use input.now.

exclude contains {"reason": "f"} if http.send({"method": "get", "url": "x"}).status_code == 200 # want `http.send` Function not allowed

exclude contains {"reason": "g"} if opa.runtime().env.HOME == "x" # want `opa.runtime` Function not allowed
