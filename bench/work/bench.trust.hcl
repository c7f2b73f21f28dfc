trustctl {
  stack       = "bench"
  max_deletes = 100000
}

account "bench" {
  id = "123456789012"
}

# The names are a variable of their own: range stops at 1,024 values.
variable "names" {
  type = list(string)
}

# It stands in one tag of the first role: another revision is one changed role.
variable "revision" {
  type = string
}

org "acme" {
  account = account.bench

  environment "service" {
    for_each = toset(var.names)
    name     = "${each.key}/prod"

    role {
      description      = "deploys ${each.key}"
      managed_policies = ["arn:aws:iam::aws:policy/SecurityAudit"]
      inline_policies = {
        deploy = jsonencode({
          Version = "2012-10-17"
          Statement = [
            { Effect = "Allow", Action = ["s3:GetObject", "s3:PutObject"], Resource = "arn:aws:s3:::${each.key}-artifacts/*" },
            { Effect = "Allow", Action = "ecs:UpdateService", Resource = "*", Condition = { Bool = { "aws:SecureTransport" = "true" } } },
          ]
        })
      }
      tags = {
        service  = each.key
        revision = each.key == var.names[0] ? var.revision : "1"
      }
    }
  }
}
