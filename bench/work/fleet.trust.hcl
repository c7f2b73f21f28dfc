# The roles of bench.trust.hcl, in many accounts.
trustctl {
  stack       = "bench"
  max_deletes = 100000
}

variable "accounts" {
  type = list(string)
}

# In each account.
variable "names" {
  type = list(string)
}

variable "revision" {
  type = string
}

account "fleet" {
  for_each = toset(var.accounts)
  name     = "a${each.key}"
  id       = each.key

  assume_role {
    role_arn = "arn:aws:iam::${each.key}:role/trustctl"
  }
}

org "acme" {
  environment "service" {
    for_each = merge([for id in var.accounts : { for name in var.names : "${name}-${id}" => { account = id, changes = id == var.accounts[0] && name == var.names[0] } }]...)
    name     = "${each.key}/prod"
    account  = account.fleet[each.value.account]

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
        revision = each.value.changes ? var.revision : "1"
      }
    }
  }
}
