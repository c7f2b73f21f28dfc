terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

provider "aws" {
  region = "us-east-1"
}

# The names are a variable of their own: range stops at 1,024 values.
variable "names" {
  type = list(string)
}

# It stands in one tag of the first role: another revision is one changed role.
variable "revision" {
  type = string
}

resource "aws_iam_openid_connect_provider" "pulumi" {
  url            = "https://api.pulumi.com/oidc"
  client_id_list = ["aws:acme"]
  tags           = { stack = "bench" }
}

resource "aws_iam_role" "service" {
  for_each    = toset(var.names)
  name        = "esc-acme--${each.key}--prod"
  description = "deploys ${each.key}"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRoleWithWebIdentity"
      Principal = { Federated = aws_iam_openid_connect_provider.pulumi.arn }
      Condition = { StringEquals = {
        "api.pulumi.com/oidc:aud" = "aws:acme"
        "api.pulumi.com/oidc:sub" = "pulumi:environments:org:acme:env:${each.key}/prod"
      } }
    }]
  })
  tags = {
    stack    = "bench"
    service  = each.key
    revision = each.key == var.names[0] ? var.revision : "1"
  }
}

resource "aws_iam_role_policy" "deploy" {
  for_each = toset(var.names)
  name     = "deploy"
  role     = aws_iam_role.service[each.key].name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Allow", Action = ["s3:GetObject", "s3:PutObject"], Resource = "arn:aws:s3:::${each.key}-artifacts/*" },
      { Effect = "Allow", Action = "ecs:UpdateService", Resource = "*", Condition = { Bool = { "aws:SecureTransport" = "true" } } },
    ]
  })
}

resource "aws_iam_role_policy_attachment" "audit" {
  for_each   = toset(var.names)
  role       = aws_iam_role.service[each.key].name
  policy_arn = "arn:aws:iam::aws:policy/SecurityAudit"
}
