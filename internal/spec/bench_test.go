package spec

import (
	"fmt"
	"strings"
	"testing"
)

// large is a configuration of so many environments: organizations of 500 by
// for_each, and a tenth of them written out.
func large(environments int) string {
	var b strings.Builder
	for org := range environments / 500 {
		fmt.Fprintf(&b, `
org "org-%d" {
  account = account.prod
  role {
    max_session_duration = "2h"
    managed_policies     = ["arn:aws:iam::aws:policy/ReadOnlyAccess"]
    tags                 = { org = "org-%[1]d" }
  }
  esc {
    duration = "90m"
  }
  environment "each" {
    for_each = toset([for i in range(450) : "env-${i}"])
    name     = "project/${each.key}"
    subs     = [env_sub("project/${each.key}"), env_sub("project/${each.key}-preview-*"), deploy_sub({ project = each.key })]
    role {
      name = "org-%[1]d-${each.key}"
      tags = { environment = each.key }
      inline_policies = {
        read = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "s3:GetObject", Resource = "arn:aws:s3:::${each.key}/*" }] })
      }
    }
    esc {
      environment_variables = { AWS_REGION = "eu-west-1", NAME = each.key }
      values                = { name = each.key, login = esc_ref("aws.login") }
    }
  }
`, org)
		for i := range 50 {
			fmt.Fprintf(&b, "  environment \"written/env-%d\" {\n    role { description = \"Number %[1]d.\" }\n  }\n", i)
		}
		b.WriteString("}\n")
	}
	return b.String()
}

func BenchmarkLoad5000Environments(b *testing.B) {
	main := large(5000)
	b.ReportAllocs()
	for b.Loop() {
		c, diags := compiled(b, main, nil)
		if diags.HasErrors() {
			b.Fatal(listed(diags))
		}
		if n := len(c.State.Roles); n != 5000 {
			b.Fatalf("there are %d roles", n)
		}
	}
}
