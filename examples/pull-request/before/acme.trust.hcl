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
  }

  environment "web/legacy" {
    role {
      managed_policies = ["arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"]
    }
  }
}
