# only a comment # want 1 No tests in the file: The file holds no test block. Write one: test "private events stay" { … }.
