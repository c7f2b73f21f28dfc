# Three Pulumi organisations, two AWS accounts. This file says what all of them
# share; each organisation has a file of its own.

trustctl {
  stack       = "acme-platform"
  esc_dir     = "esc"
  max_deletes = 5

  ignore_tags {
    keys         = ["CostCenter"] # set by the finance team's own tooling
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

variable "dev_account_id" {
  type        = string
  description = "The AWS account for everything else."
  default     = "444455556666"
}

locals {
  regions = {
    eu = "eu-west-1"
    us = "us-east-1"
  }
}

account "prod" {
  id   = var.prod_account_id
  tags = { stage = "prod" }

  assume_role {
    role_arn    = "arn:aws:iam::${var.prod_account_id}:role/trustctl"
    external_id = "acme-platform"
  }
}

account "dev" {
  id   = var.dev_account_id
  tags = { stage = "dev" }
}
