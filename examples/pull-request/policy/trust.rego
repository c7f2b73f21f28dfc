# What this organization asks of a plan, for conftest. The input is what
# trustctl plan -json prints.
package main

import rego.v1

# Terraform's own shape: no role is destroyed unseen.
deny contains message if {
	some change in input.resource_changes
	change.type == "aws_iam_role"
	"delete" in change.change.actions
	message := sprintf("%s is destroyed: ask its owners", [change.address])
}

# What trustctl knows beyond it: whom a role is opened to.
deny contains message if {
	some role in input.trustctl.access
	role.tokens.relation in {"wider", "both", "unknown"}
	some gain in role.others_gained
	message := sprintf("%s is opened to %s", [role.address, gain.witness.sub])
}
