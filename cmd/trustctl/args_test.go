package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"
)

// tree is a command tree with every kind of flag.
func tree() *cobra.Command {
	root := &cobra.Command{Use: "trustctl"}
	root.PersistentFlags().String("chdir", "", "")
	root.PersistentFlags().Bool("no-color", false, "")
	plan := &cobra.Command{Use: "plan", RunE: func(*cobra.Command, []string) error { return nil }}
	plan.Flags().String("out", "", "")
	plan.Flags().StringArray("var", nil, "")
	plan.Flags().StringArray("var-file", nil, "")
	plan.Flags().Bool("input", true, "")
	plan.Flags().String("sandbox", "", "")
	plan.Flags().Lookup("sandbox").NoOptDefVal = ".trustctl/sandbox.json"
	parent := &cobra.Command{Use: "completion"}
	parent.AddCommand(&cobra.Command{Use: "bash", Run: func(*cobra.Command, []string) {}})
	root.AddCommand(plan, parent)
	return root
}

func TestArrangeGivesLongFlagsTwoDashesAndTouchesNothingElse(t *testing.T) {
	for _, c := range []struct {
		name, in, want string
	}{
		{"one dash with a value", "plan -out=x", "plan --out=x"},
		{"two dashes", "plan --out=x", "plan --out=x"},
		{"a value in the next token", "plan -out x", "plan --out=x"},
		{"a value that looks like a flag", "plan -out -input", "plan --out=-input"},
		{"a value that is two dashes", "plan -out -- -input=false", "plan --out=-- --input=false"},
		{"a variable's value is taken whole", "plan -var region=-out=x -var a=b=c", "plan --var=region=-out=x --var=a=b=c"},
		{"a flag whose name begins with another's", "plan -var-file f -var f=1", "plan --var-file=f --var=f=1"},
		{"a switch takes no value from the next token", "plan -no-color x", "plan --no-color x"},
		{"a switch with a value", "plan -input=false", "plan --input=false"},
		{"an optional value needs the equals sign", "plan -sandbox x", "plan --sandbox x"},
		{"an optional value with it", "plan -sandbox=x", "plan --sandbox=x"},
		{"a lone dash stays", "plan -", "plan -"},
		{"what follows two dashes stays", "plan -- -out=x -nonsense", "plan -- -out=x -nonsense"},
		{"an empty value", "plan -out=", "plan --out="},
		{"global flags before the command", "-chdir d -no-color plan -out x", "plan --chdir=d --no-color --out=x"},
		{"a global flag's value that is a command's name", "-chdir plan plan", "plan --chdir=plan"},
		{"help", "plan -help", "plan --help"},
		{"help in short", "plan -h", "plan --help"},
		{"help alone", "-h", "--help"},
		{"version as a flag", "-version", "version"},
		{"a command below a command", "completion bash", "completion bash"},
		{"nothing", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := arrange(tree(), strings.Fields(c.in), func(string) string { return "" })
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, strings.Join(got, " ")); diff != "" {
				t.Errorf("arrange(%s) (-want +got):\n%s", c.in, diff)
			}
		})
	}
}

func TestTheEnvironmentsArgumentsComeBeforeTheUsers(t *testing.T) {
	env := map[string]string{
		"TRUSTCTL_CLI_ARGS":      "-no-color -out=general",
		"TRUSTCTL_CLI_ARGS_plan": `-out 'of plan' -var "a=b c"`,
	}
	got, err := arrange(tree(), []string{"-chdir=d", "plan", "-out", "mine"}, func(k string) string { return env[k] })
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"plan", "--chdir=d", "--no-color", "--out=general", "--out=of plan", "--var=a=b c", "--out=mine"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("arrange (-want +got):\n%s", diff)
	}
}

func TestWhatIsUnknownIsAnErrorWithTheNearestName(t *testing.T) {
	for in, want := range map[string]string{
		"plna":           `Did you mean "plan"?`,
		"plan -otu=x":    `Did you mean "-out"?`,
		"plan --sandbx":  `Did you mean "-sandbox"?`,
		"plan -zzzzzz":   `no flag "-zzzzzz"`,
		"plan -out":      "-out needs a value",
		"completion zsj": `no command "zsj"`,
		"-nocolor plan":  `Did you mean "-no-color"?`,
		"plan --=x":      `no flag "--"`,
	} {
		if _, err := arrange(tree(), strings.Fields(in), func(string) string { return "" }); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("arrange(%s) = %v, want an error with %q", in, err, want)
		}
	}
}

func TestMalformedArgumentsInTheEnvironmentAreAnError(t *testing.T) {
	_, err := arrange(tree(), []string{"plan"}, func(k string) string {
		if k == "TRUSTCTL_CLI_ARGS" {
			return `-out "never closed`
		}
		return ""
	})
	if err == nil || !strings.Contains(err.Error(), "TRUSTCTL_CLI_ARGS") {
		t.Errorf("err = %v", err)
	}
}
