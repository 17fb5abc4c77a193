# The policy decides for everybody: people's own settings pages do not count.

org {
  preferences = "ignore"
  contacts {
    scope = "mine"
  }
  tasks {
    downsync = true
  }
  events {
    downsync = true
  }
}
