test "outside" {
  recording = "../elsewhere" # want 15 Outside of the policy: A recording of a test lies inside the policy's directory, and is named by its path from there, such as "recordings/small"; not "../elsewhere".

  expect "summary" { held = 0 }
}

test "absolute" {
  recording = "/etc" # want 15 Outside of the policy: A recording of a test lies inside the policy's directory, and is named by its path from there, such as "recordings/small"; not "/etc".

  expect "summary" { held = 0 }
}

test "both" {
  recording = "recordings/small"

  task "call" {} # want 3 A recording and a world: The test takes its world from a recording, so that task cannot be said here.

  expect "summary" { held = 0 }
}
