# Sync stands still for contractors: nothing changes for them on either side.

group "contractors" {
  when       = "'contractors' in user.groups"
  precedence = 100
  sync       = "off"
}
