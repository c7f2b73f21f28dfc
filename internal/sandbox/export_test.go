package sandbox

// ActionNames are all that the sandbox knows, for tests that leave none out.
func ActionNames() []string { return sorted(actions()) }

// FaultKinds are all that can go wrong.
func FaultKinds() []Fault { return kinds() }
