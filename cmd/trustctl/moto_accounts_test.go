package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/trustctl/trustctl/internal/sandbox/mototest"
)

// motosAccounts are moto's own account, three that are reached from it with
// assume_role, one of them in another partition, and one that is not reached.
const motosAccounts = `
trustctl {
  stack = "fleet"
}
account "home" {
  id = "` + mototest.Account + `"
}
account "prod" {
  id = "222233334444"
  assume_role {
    role_arn     = "arn:aws:iam::222233334444:role/deployer"
    external_id  = "from-home"
    session_name = "fleet"
  }
}
account "dev" {
  id      = "333344445555"
  profile = "dev"
  assume_role {
    role_arn = "arn:aws:iam::333344445555:role/deployer"
  }
}
account "china" {
  id        = "555566667777"
  partition = "aws-cn"
  assume_role {
    role_arn = "arn:aws-cn:iam::555566667777:role/deployer"
  }
}
account "gone" {
  id      = "444455556666"
  profile = "nobody"
}
org "acme" {
  environment "web" {
    name    = "web/home"
    account = account.home
  }
  environment "web/prod" {
    account = account.prod
    role {
      managed_policies = ["arn:aws:iam::aws:policy/ReadOnlyAccess"]
    }
  }
  environment "web/dev" {
    account = account.dev
  }
  environment "web/china" {
    account = account.china
  }
  environment "web/gone" {
    account = account.gone
  }
}
`

// Several accounts of a moto: the built command as a process, in a folder of
// its own, and a client of each account that looks at what became of it.
func TestAFleetOfAccountsAgainstMoto(t *testing.T) {
	endpoint := mototest.Start(t)
	dir := t.TempDir()
	for name, text := range map[string]string{
		"main.trust.hcl": motosAccounts,
		"aws":            "[profile dev]\naws_access_key_id = any\naws_secret_access_key = any\n",
	} {
		must(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
	}
	trustctl := func(args ...string) (code int, out string) {
		t.Helper()
		cmd, err := program(args...)
		must(t, err)
		cmd.Dir = dir
		cmd.Env = []string{
			"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "AWS_ENDPOINT_URL=" + endpoint, "AWS_REGION=us-east-1",
			"AWS_ACCESS_KEY_ID=any", "AWS_SECRET_ACCESS_KEY=any", "AWS_CONFIG_FILE=" + filepath.Join(dir, "aws"),
			"AWS_SHARED_CREDENTIALS_FILE=" + os.DevNull, "AWS_EC2_METADATA_DISABLED=true",
		}
		text, _ := cmd.CombinedOutput()
		return cmd.ProcessState.ExitCode(), string(text)
	}
	says := func(wantCode int, wants []string, args ...string) {
		t.Helper()
		code, out := trustctl(args...)
		if code != wantCode {
			t.Errorf("trustctl %s ended with exit code %d, want %d:\n%s", strings.Join(args, " "), code, wantCode, out)
		}
		for _, want := range wants {
			if !strings.Contains(out, want) {
				t.Errorf("trustctl %s does not say %q:\n%s", strings.Join(args, " "), want, out)
			}
		}
	}

	// One that is not reached is named, and the others are planned.
	says(exitError, []string{
		"gone (444455556666)", `aws_iam_role.acme["web/home"] will be created`, `aws_iam_role.acme["web/prod"] will be created`, `aws_iam_role.acme["web/dev"] will be created`,
	}, "plan")
	reached := []string{"-account=home,prod,china", "-account=333344445555"}
	says(exitFine, []string{"Apply complete! Resources: 12 added"}, append([]string{"apply", "-auto-approve", "-parallelism=1"}, reached...)...)
	says(exitFine, []string{"No changes."}, append([]string{"plan", "-detailed-exitcode"}, reached...)...)

	for account, want := range map[string]string{mototest.Account: "esc-acme--web--home", "222233334444": "esc-acme--web--prod", "333344445555": "esc-acme--web--dev"} {
		var roles struct {
			Roles []struct{ Arn, RoleName string }
		}
		sdkLooker(t, motoClient(t, endpoint, account))(&roles, "list-roles")
		if len(roles.Roles) != 1 || roles.Roles[0].Arn != "arn:aws:iam::"+account+":role/"+want {
			t.Errorf("account %s has the roles %v, want %s", account, roles.Roles, want)
		}
	}
	for name, arn := range map[string]string{"prod": "arn:aws:iam::222233334444:role/esc-acme--web--prod", "china": "arn:aws-cn:iam::555566667777:role/esc-acme--web--china"} {
		file, err := os.ReadFile(filepath.Join(dir, "esc/acme/web", name+".yaml"))
		must(t, err)
		if !strings.Contains(string(file), arn) {
			t.Errorf("the ESC file of %s is:\n%s", name, file)
		}
	}

	says(exitFine, []string{"12 destroyed"}, append([]string{"destroy", "-auto-approve"}, reached...)...)
	for _, account := range []string{mototest.Account, "222233334444", "333344445555"} {
		var roles struct{ Roles []any }
		sdkLooker(t, motoClient(t, endpoint, account))(&roles, "list-roles")
		if len(roles.Roles) > 0 {
			t.Errorf("destroy left %v in %s", roles.Roles, account)
		}
	}
}

// motoClient is a client of one of moto's accounts: any key leads to its own,
// a session of a role to the role's.
func motoClient(t *testing.T, endpoint, account string) *iam.Client {
	t.Helper()
	home := iamClient(endpoint, "any")
	if account == mototest.Account {
		return home
	}
	out, err := sts.New(sts.Options{Region: "us-east-1", BaseEndpoint: &endpoint, Credentials: home.Options().Credentials}).AssumeRole(t.Context(),
		&sts.AssumeRoleInput{RoleArn: aws.String("arn:aws:iam::" + account + ":role/looker"), RoleSessionName: aws.String("looker")})
	must(t, err)
	c := out.Credentials
	return iam.New(iam.Options{
		Region: "us-east-1", BaseEndpoint: &endpoint,
		Credentials: credentials.NewStaticCredentialsProvider(*c.AccessKeyId, *c.SecretAccessKey, *c.SessionToken),
	})
}
