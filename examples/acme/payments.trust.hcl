# acme: production, with a role for each region and one for Pulumi Deployments.

org "acme" {
  account = account.prod

  role {
    tags = { team = "payments" }
  }

  environment "payments/prod" {
    role {
      description          = "Deploys the payments service."
      max_session_duration = "2h"
      managed_policies     = ["arn:aws:iam::aws:policy/ReadOnlyAccess"]
      inline_policies      = { deploy = templatefile("policies/deploy.json.tpl", { bucket = "acme-payments-prod" }) }
      tags                 = { criticality = "high" }
    }

    esc {
      duration = "2h"
    }

    lifecycle {
      prevent_destroy = true
    }
  }

  environment "regional" {
    for_each = local.regions
    name     = "payments/${each.key}"
    subs     = [env_sub("payments/${each.key}"), env_sub("payments/${each.key}-preview-*")]

    role {
      name             = "pulumi-payments-${each.key}"
      managed_policies = ["arn:aws:iam::aws:policy/PowerUserAccess"]
    }

    esc {
      duration              = "30m"
      environment_variables = { AWS_REGION = each.value }
      imports               = ["shared/base"]
      values = {
        account = account.prod.id
        secrets = {
          "fn::open::aws-secrets" = {
            region = each.value
            login  = esc_ref("aws.login")
            get    = { db = { secretId = "db" } }
          }
        }
      }
    }
  }

  # One role for an ESC environment and for Pulumi Deployments: a statement of
  # its own for each, since their tokens have different audiences.
  environment "ci/deployments" {
    trust {
      subs = [env_sub("ci/deployments")]
    }

    trust {
      subs        = [deploy_sub({ project = "web" })]
      except_subs = [deploy_sub({ project = "web", stack = "scratch" })]
    }

    role {
      inline_policies = { deploy = templatefile("policies/deploy.json.tpl", { bucket = "acme-web" }) }
    }
  }
}
