# The smallest useful configuration. Try it without an AWS account:
#
#   trustctl apply -sandbox -auto-approve -config examples/quickstart

trustctl {
  stack = "quickstart" # the mark that every object of this configuration carries
}

account "main" {
  id = "111122223333" # checked before anything is read or written
}

org "acme" {
  account = account.main

  # One ESC environment = one IAM role = one YAML file.
  environment "web/prod" {
    role {
      managed_policies = ["arn:aws:iam::aws:policy/ReadOnlyAccess"]
      inline_policies  = { deploy = file("policies/deploy.json") }
    }
    esc {
      environment_variables = { AWS_REGION = "eu-west-1" }
    }
  }

  environment "web/dev" {
    role {
      managed_policies = ["arn:aws:iam::aws:policy/PowerUserAccess"]
    }
    esc {
      environment_variables = { AWS_REGION = "eu-west-1" }
    }
  }
}
