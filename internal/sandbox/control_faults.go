package sandbox

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"time"
)

// longestWait bounds a wait for a call to be held: an answer is written within
// the server's timeout.
const longestWait = timeout - 5*time.Second

func (s *Server) controlPolicy(mux *http.ServeMux) {
	const path = controlPath + "policy/{account}"
	mux.HandleFunc("GET "+path, func(w http.ResponseWriter, r *http.Request) {
		text := s.Policy(r.PathValue("account"))
		if text == "" {
			http.Error(w, "the account has no identity policy: its callers may do everything", http.StatusNotFound)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		io.WriteString(w, text)
	})
	set := func(read func(*http.Request) ([]byte, error)) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			text, err := read(r)
			if err == nil {
				err = s.SetPolicy(r.PathValue("account"), string(text))
			}
			done(w, err)
		}
	}
	mux.HandleFunc("PUT "+path, set(func(r *http.Request) ([]byte, error) {
		text, err := io.ReadAll(r.Body)
		if err == nil && len(text) == 0 {
			err = fail(malformedPolicyDocument, "the policy is empty")
		}
		return text, err
	}))
	mux.HandleFunc("DELETE "+path, set(func(*http.Request) ([]byte, error) { return nil, nil }))
}

func (s *Server) controlFaults(mux *http.ServeMux) {
	mux.HandleFunc("GET "+controlPath+"log", func(w http.ResponseWriter, _ *http.Request) {
		writeJSON(w, struct {
			Calls []Call `json:"calls"`
		}{append([]Call{}, s.Log()...)})
	})
	mux.HandleFunc("DELETE "+controlPath+"log", func(w http.ResponseWriter, _ *http.Request) {
		s.ResetLog()
		done(w, nil)
	})
	const path = controlPath + "faults"
	mux.HandleFunc("GET "+path, func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, s.Faults()) })
	mux.HandleFunc("PUT "+path, func(w http.ResponseWriter, r *http.Request) {
		var f Faults
		decoder := json.NewDecoder(r.Body)
		decoder.DisallowUnknownFields()
		err := decoder.Decode(&f)
		if err == nil {
			err = s.SetFaults(f)
		}
		done(w, err)
	})
	mux.HandleFunc("DELETE "+path, func(w http.ResponseWriter, _ *http.Request) { done(w, s.SetFaults(Faults{})) })
}

func (s *Server) controlHeld(mux *http.ServeMux) {
	mux.HandleFunc("GET "+controlPath+"held", func(w http.ResponseWriter, r *http.Request) {
		var wait time.Duration
		if text := r.URL.Query().Get("wait"); text != "" {
			var err error
			if wait, err = time.ParseDuration(text); err != nil {
				done(w, err)
				return
			}
		}
		calls, _ := s.desk.holds()
		if len(calls) == 0 && wait > 0 {
			ctx, cancel := context.WithTimeout(r.Context(), min(wait, longestWait))
			defer cancel()
			calls, _ = s.Held(ctx) // none is an answer too
		}
		writeJSON(w, struct {
			Calls []Call `json:"calls"`
		}{append([]Call{}, calls...)})
	})
	decide := func(f func(int) error) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			number, err := strconv.Atoi(r.PathValue("number"))
			if err == nil {
				err = f(number)
			}
			done(w, err)
		}
	}
	mux.HandleFunc("PUT "+controlPath+"held/{number}/release", decide(s.Release))
	mux.HandleFunc("PUT "+controlPath+"held/{number}/drop", decide(s.Drop))
}

// done answers a request that has no answer but its success.
func done(w http.ResponseWriter, err error) {
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}
