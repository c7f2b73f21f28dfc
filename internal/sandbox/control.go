package sandbox

import (
	"encoding/json"
	"net/http"

	"github.com/trustctl/trustctl/internal/policy"
)

// controlPath is where the sandbox answers for itself and not for AWS:
//
//	GET    /_sandbox/counts              calls by action, as JSON
//	DELETE /_sandbox/counts              count anew
//	GET    /_sandbox/quotas/ACCOUNT      the account's quotas
//	PUT    /_sandbox/quotas/ACCOUNT      set those that the JSON object names
//	GET    /_sandbox/policy/ACCOUNT      the identity policy of its callers
//	PUT    /_sandbox/policy/ACCOUNT      set it
//	DELETE /_sandbox/policy/ACCOUNT      let them do everything
//	GET    /_sandbox/log                 the calls, and what they met
//	DELETE /_sandbox/log                 empty it
//	GET    /_sandbox/faults              what goes wrong
//	PUT    /_sandbox/faults              set it, as a JSON object of Faults' form
//	DELETE /_sandbox/faults              let nothing go wrong
//	GET    /_sandbox/held?wait=10s       the calls that are held: at once if there are any, else as soon as there is one
//	PUT    /_sandbox/held/NUMBER/release let one go on, and wait until it is over
//	PUT    /_sandbox/held/NUMBER/drop    end one
//
// Only reading is a simple request in a browser's eyes: a page from elsewhere
// cannot write here.
const controlPath = "/_sandbox/"

func (s *Server) control(w http.ResponseWriter, r *http.Request) {
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+controlPath+"counts", func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, s.Counts()) })
	mux.HandleFunc("DELETE "+controlPath+"counts", func(w http.ResponseWriter, _ *http.Request) {
		s.ResetCounts()
		w.WriteHeader(http.StatusNoContent)
	})
	mux.HandleFunc("GET "+controlPath+"quotas/{account}", func(w http.ResponseWriter, r *http.Request) {
		id := r.PathValue("account")
		if !policy.IsAccountID(id) {
			http.Error(w, "an account id is twelve digits", http.StatusBadRequest)
			return
		}
		s.mu.RLock()
		defer s.mu.RUnlock()
		writeJSON(w, s.quotas(s.world.account(id)))
	})
	mux.HandleFunc("PUT "+controlPath+"quotas/{account}", func(w http.ResponseWriter, r *http.Request) {
		var q Quotas
		decoder := json.NewDecoder(r.Body)
		decoder.DisallowUnknownFields()
		if err := decoder.Decode(&q); err != nil {
			http.Error(w, "reading the quotas: "+err.Error(), http.StatusBadRequest)
			return
		}
		if err := s.SetQuotas(r.PathValue("account"), q); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		w.WriteHeader(http.StatusNoContent)
	})
	s.controlPolicy(mux)
	s.controlFaults(mux)
	s.controlHeld(mux)
	mux.ServeHTTP(w, r)
}

// SetQuotas sets the quotas of an account whose fields are not zero.
func (s *Server) SetQuotas(accountID string, q Quotas) error {
	if !policy.IsAccountID(accountID) {
		return fail(validationError, "an account id is twelve digits, not %q", accountID)
	}
	if min(q.TrustPolicySize, q.InlinePolicySize, q.AttachedPolicies, q.Roles, q.Providers) < 0 {
		return fail(validationError, "a quota is not negative")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.world.account(accountID)
	return s.write(a, tableQuotas, "", q.over(a.Quotas[""]))
}

func writeJSON(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(v)
}
