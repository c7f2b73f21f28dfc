// Package endtoend drives the whole pipeline in its tests, from a
// configuration's text to the calls that an account sees: spec, esc, live over
// HTTP against the sandbox, plan, apply, and the plan after that. It exports
// nothing and nothing imports it.
package endtoend
