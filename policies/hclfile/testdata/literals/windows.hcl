a = <<EOT
x %%{
EOT
