package main

// crashPlan is a plan at whose every call a process is killed: what is applied
// first, what somebody does to the account by hand before that and after, and
// what is planned then.
type crashPlan struct {
	name   string
	seed   [][]string // hand edits, see handEdit
	before string     // the configuration that is applied first; "" is none
	after  string     // the one that is planned
	flags  []string   // of plan
}

// crashAccount is the account of all of them.
const crashAccount = "111122223333"

const crashHead = `
trustctl {
  stack = "crash"
}
account "a" {
  id = "` + crashAccount + `"
}
`

// strangersTrust is a trust policy that has nothing to do with Pulumi.
const strangersTrust = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}}`

// theirTrust is that of another stack's role, behind the same provider.
const theirTrust = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Federated":"arn:aws:iam::` + crashAccount + `:oidc-provider/api.pulumi.com/oidc"},"Action":"sts:AssumeRoleWithWebIdentity","Condition":{"StringEquals":{"api.pulumi.com/oidc:aud":"aws:theirs","api.pulumi.com/oidc:sub":"pulumi:environments:org:theirs:env:a/b"}}}}`

// strangers are in every account, and stay as they are.
var strangers = [][]string{
	{"create", "stranger-1", strangersTrust}, {"tag", "stranger-1", "owner", "somebody"}, {"attach", "stranger-1", "arn:aws:iam::aws:policy/ReadOnlyAccess"},
	{"create", "stranger-2", strangersTrust}, {"tag", "stranger-2", "trustctl:stack", "another"}, {"tag", "stranger-2", "trustctl:role", "stranger-2"},
}

// crashPlans make every kind of step together.
var crashPlans = []crashPlan{
	{
		name: "create",
		after: crashHead + `
org "acme" {
  account = account.a
  environment "p/new" {
    role {
      managed_policies = ["arn:aws:iam::aws:policy/ReadOnlyAccess"]
      inline_policies  = { deploy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "s3:*", Resource = "*" }] }) }
    }
  }
}
`,
	},
	{
		name: "change",
		seed: [][]string{{"create", "legacy", strangersTrust}, {"attach", "legacy", "arn:aws:iam::aws:policy/ReadOnlyAccess"}},
		before: crashHead + `
issuer "pulumi" {
  url         = "https://api.pulumi.com/oidc"
  thumbprints = ["aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"]
  tags        = { varies = "1", goes = "x" }
}
org "acme" {
  account = account.a
  environment "p/changes" {
    trust {
      subs = [env_sub("p/changes")]
    }
    trust {
      subs = [deploy_sub({ project = "web" })]
    }
    role {
      description      = "old"
      managed_policies = ["arn:aws:iam::aws:policy/ReadOnlyAccess"]
      tags             = { varies = "1", goes = "x" }
      inline_policies = {
        changes = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "s3:GetObject", Resource = "*" }] })
        goes    = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "sqs:*", Resource = "*" }] })
      }
    }
  }
  environment "p/bounded" {
    role { permissions_boundary = "arn:aws:iam::aws:policy/PowerUserAccess" }
  }
  environment "q/goes" {
    role { managed_policies = ["arn:aws:iam::aws:policy/ReadOnlyAccess"] }
  }
  environment "p/moves" {
    role { managed_policies = ["arn:aws:iam::aws:policy/ReadOnlyAccess"] }
  }
}
`,
		after: crashHead + `
issuer "pulumi" {
  url         = "https://api.pulumi.com/oidc"
  thumbprints = ["bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"]
  tags        = { varies = "2" }
}
org "acme" {
  account = account.a
  environment "p/changes" {
    trust {
      subs = [env_sub("p/changes"), env_sub("p/another")]
    }
    role {
      description          = "new"
      permissions_boundary = "arn:aws:iam::aws:policy/ReadOnlyAccess"
      managed_policies     = ["arn:aws:iam::aws:policy/SecurityAudit"]
      tags                 = { varies = "2" }
      inline_policies = {
        changes = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "s3:PutObject", Resource = "*" }] })
        comes   = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Deny", Action = "iam:*", Resource = "*" }] })
      }
    }
    esc {
      environment_variables = { V = "changed" }
    }
  }
  environment "p/bounded" {
    role { permissions_boundary = "" }
  }
  environment "p/moves" {
    role {
      path             = "/pulumi/"
      managed_policies = ["arn:aws:iam::aws:policy/ReadOnlyAccess"]
    }
  }
  environment "p/legacy" {
    role { name = "legacy" }
    lifecycle { adopt = true }
  }
}
org "beta" {
  account = account.a
  environment "p/new" {}
}
`,
	},
	{
		name: "share a provider",
		seed: [][]string{
			{"provider", "https://api.pulumi.com/oidc", "aws:theirs"},
			{"create", "stranger-3", theirTrust}, {"tag", "stranger-3", "trustctl:stack", "another"}, {"tag", "stranger-3", "trustctl:role", "stranger-3"},
		},
		before: crashHead + `
org "acme" {
  account = account.a
  environment "p/old" {}
}
`,
		after: crashHead + `
org "beta" {
  account = account.a
  environment "p/new" {}
}
`,
	},
	{
		name: "destroy",
		before: crashHead + `
org "acme" {
  account = account.a
  environment "p/goes" {
    role {
      managed_policies = ["arn:aws:iam::aws:policy/ReadOnlyAccess"]
      inline_policies  = { deploy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "s3:*", Resource = "*" }] }) }
    }
  }
}
`,
		flags: []string{"-destroy"},
	},
}
