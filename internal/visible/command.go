package visible

import "github.com/trustctl/trustctl/internal/grammar"

// How a text could command the runner of the build that prints it. A line that
// begins, but for space, with :: commands GitHub's, to set an annotation, to
// mask a word in its log, to stop reading commands. ##[ does so wherever it
// stands in a line, as ##vso[ in Azure Pipelines and ##teamcity[ in TeamCity. A
// line may be wrapped before any word, so of :: every word's beginning counts;
// and a : at the end may find its like in what is printed next.
//
// https://docs.github.com/actions/reference/workflow-commands-for-github-actions
// https://github.com/actions/runner/blob/main/src/Runner.Common/ActionCommand.cs
// https://learn.microsoft.com/azure/devops/pipelines/scripts/logging-commands
// https://www.jetbrains.com/help/teamcity/service-messages.html
var (
	colons = grammar.Of(`(^|\s):(:|$)`)
	hashes = grammar.Of(`#(#(?:vso|teamcity)?\[)`)
)

// disarm writes the first mark of each of them out.
func disarm(s string) string {
	return hashes.Regexp().ReplaceAllString(colons.Regexp().ReplaceAllString(s, `$1\x3a$2`), `\x23$1`)
}

// JSON is a JSON text that no runner takes for commands, and that says what it
// said: only in a string may a # stand, and there it can be written as \u0023.
func JSON(text []byte) []byte { return hashes.Regexp().ReplaceAll(text, []byte(`\u0023$1`)) }
