# acme-research: an organisation that may play in the dev account, but within a
# permissions boundary.

org "acme-research" {
  account = account.dev

  role {
    path                 = "/research/"
    managed_policies     = ["arn:aws:iam::aws:policy/PowerUserAccess"]
    permissions_boundary = "arn:aws:iam::aws:policy/PowerUserAccess"
  }

  # Only these two people: the tokens of this environment name their user.
  environment "lab/notebooks" {
    subs = [
      env_sub({ environment = "lab/notebooks", user = "ada" }),
      env_sub({ environment = "lab/notebooks", user = "grace" }),
    ]

    esc {
      session_name       = "notebooks"
      subject_attributes = ["currentEnvironment.name", "pulumi.user.login"]
      policy_arns        = ["arn:aws:iam::aws:policy/ReadOnlyAccess"]
    }
  }

  # default is Pulumi's legacy project: its environments are spelled in two
  # ways, under an audience without aws:.
  environment "default/scratch" {}
}
