package plan

import (
	"strconv"

	"github.com/trustctl/trustctl/internal/trust"
)

// The Terraform types under whose names objects are shown, so that tools that
// read Terraform's plans know them.
const (
	TypeProvider = "aws_iam_openid_connect_provider"
	TypeRole     = "aws_iam_role"
	TypeFile     = "local_file"
)

// nameDeclared gives what is declared its names before anything else takes
// them.
func (c *comparison) nameDeclared() {
	for address, name := range c.o.Resource {
		c.resource[address], c.taken[name] = name, true
	}
	for _, p := range pairs(c.desired.Roles, nil) {
		c.resource[p.address] = c.roleResource(p.desired)
	}
}

// roleResource is a role's resource address: by its environment, or by its
// name where it has none or where the environment's address is taken.
func (c *comparison) roleResource(r *trust.Role) string {
	if name, ok := c.resource[r.Address()]; ok {
		return name
	}
	org, project, env, ok := trust.SplitEnvironment(environmentOf(r))
	if !ok {
		return c.free(TypeRole+".role", string(r.Account)+"/"+r.Name)
	}
	if name := TypeRole + "." + org + index(project+"/"+env); !c.taken[name] {
		c.taken[name] = true
		return name
	}
	return c.free(TypeRole+"."+org, project+"/"+env+":"+r.Name)
}

func (c *comparison) providerResource(p *trust.OIDCProvider) string {
	if name, ok := c.resource[p.Address()]; ok {
		return name
	}
	if p.Issuer != "" {
		return c.free(TypeProvider+"."+p.Issuer, string(p.Account))
	}
	return c.free(TypeProvider+".issuer", string(p.Account)+"/"+trust.IssuerHost(p.URL))
}

func (c *comparison) fileResource(f *trust.EnvironmentFile) string {
	if name, ok := c.resource[f.Address()]; ok {
		return name
	}
	return c.free(TypeFile+".esc", f.Environment)
}

// free is a resource address that nothing else has.
func (c *comparison) free(base, key string) string {
	name := base + index(key)
	for n := 2; c.taken[name]; n++ {
		name = base + index(key+"#"+strconv.Itoa(n))
	}
	c.taken[name] = true
	return name
}

func index(key string) string { return "[" + strconv.Quote(key) + "]" }

// environmentOf is the environment a role serves: as declared, or as its tag
// says.
func environmentOf(r *trust.Role) string {
	if r.Environment != "" {
		return r.Environment
	}
	return r.Tags[trust.TagEnvironment]
}
