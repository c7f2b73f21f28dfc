# acme.trust.hcl
trustctl {
  stack            = "acme-platform"     # the ownership mark every object it creates carries
  required_version = ">= 0.1.0"
  esc_dir          = "esc"               # where the environment files go, inside this folder
  max_deletes      = 5                   # roles that one run may delete or replace in one account
  ignore_tags {
    keys         = ["CostCenter"]
    key_prefixes = ["aws-"]
  }
}

variable "prod_account_id" {
  type        = string
  description = "The AWS account that runs production."
  validation {
    condition     = can(regex("^[0-9]{12}$", var.prod_account_id))
    error_message = "An AWS account id has twelve digits."
  }
}

locals {
  regions = toset(["eu", "us"])
}

issuer "pulumi" {                        # built in with this value; write it only to change it
  url = "https://api.pulumi.com/oidc"
  # thumbprints = ["<40 hex>"] pins them (`trustctl thumbprint URL` prints the line); left out: IAM fetches and keeps its own
}

account "prod" {
  id = var.prod_account_id               # checked against sts:GetCallerIdentity before anything is read or written
  assume_role {
    role_arn    = "arn:aws:iam::${var.prod_account_id}:role/trustctl"
    external_id = "acme-platform"
  }
}

org "acme" {
  account = account.prod                 # default for its environments
  issuer  = issuer.pulumi

  environment "payments/prod" {          # <project>/<environment>, spelled as ESC spells it
    role {
      max_session_duration = "2h"
      managed_policies     = ["arn:aws:iam::aws:policy/ReadOnlyAccess"]
      inline_policies      = { deploy = file("policies/deploy.json") }
      permissions_boundary = "arn:aws:iam::${account.prod.id}:policy/boundary"
      tags                 = { team = "payments" }
    }
    lifecycle { prevent_destroy = true }
  }

  environment "regional" {
    for_each = local.regions
    name     = "payments/${each.key}"    # default: the label
    subs     = [env_sub("payments/${each.key}"), env_sub("payments/${each.key}-preview-*")]
    role { name = "pulumi-payments-${each.key}" }
    esc {
      duration              = "30m"
      environment_variables = { AWS_REGION = each.key == "eu" ? "eu-west-1" : "us-east-1" }
      imports               = ["shared/base"]
      values = {
        account = account.prod.id
        secrets = { "fn::open::aws-secrets" = { region = "us-east-1", login = esc_ref("aws.login"), get = { db = { secretId = "db" } } } }
      }
    }
  }

  environment "ci/deployments" {         # a role for Pulumi Deployments as well
    trust {
      subs = [env_sub("ci/deployments")]
    }
    trust {
      subs        = [deploy_sub({ project = "web" })]
      except_subs = [deploy_sub({ project = "web", stack = "scratch" })]
    }
    accept "TRUST105" { reason = "the web project's deployments use this role on purpose" }
  }
}

removed "acme/payments/old" { destroy = false }   # take our marks off and leave the role

test "only production opens production" {
  role  = "acme/payments/prod"
  allow = [env_sub("acme", "payments/prod")]
  deny  = [env_sub("acme", "payments/*-preview"), deploy_sub("acme", {})]
}
