package term

// Color decides whether a stream gets colour. The first row that applies wins:
//
//	-no-color                                        off
//	NO_COLOR set and not empty                       off   https://no-color.org
//	CLICOLOR_FORCE or FORCE_COLOR set, not "0"       on    https://bixense.com/clicolors/
//	TERM=dumb                                        off
//	otherwise                                        on for a terminal
func Color(noColor bool, getenv func(string) string, terminal bool) bool {
	forced := func(name string) bool { v := getenv(name); return v != "" && v != "0" }
	switch {
	case noColor, getenv("NO_COLOR") != "":
		return false
	case forced("CLICOLOR_FORCE"), forced("FORCE_COLOR"):
		return true
	case getenv("TERM") == "dumb":
		return false
	}
	return terminal
}
