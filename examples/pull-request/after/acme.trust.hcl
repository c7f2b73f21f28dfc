trustctl {
  stack = "acme-platform"
}

account "prod" {
  id = "111122223333"
}

org "acme" {
  account = account.prod

  environment "payments/prod" {
    role {
      managed_policies = ["arn:aws:iam::aws:policy/AmazonSQSFullAccess"]
    }
    trust {
      subs = [env_sub("payments/prod"), env_sub("payments/prod*")]
    }
  }

  environment "billing/prod" {
    role {
      managed_policies = ["arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"]
    }
  }
}
