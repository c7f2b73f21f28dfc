package endtoend_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/trustctl/trustctl/internal/sandbox"
)

type counter struct{ atomic.Int64 }

func (c *counter) add(n int64) { c.Add(n) }

// call is one request as the server got it.
type call struct {
	account, action string
	form            url.Values
}

func (c call) String() string { return c.action }

// reads says whether a call leaves everything as it is.
func (c call) reads() bool {
	return strings.HasPrefix(c.action, "Get") || strings.HasPrefix(c.action, "List") || strings.HasPrefix(c.action, "Assume")
}

type calls []call

func (cs calls) writes() calls { return slices.DeleteFunc(slices.Clone(cs), call.reads) }

// counts are the calls by action.
func (cs calls) counts() map[string]int {
	n := map[string]int{}
	for _, c := range cs {
		n[c.action]++
	}
	return n
}

// wire stands between the client and the sandbox. It keeps every call in the
// order of arrival, and may refuse one or change its answer.
type wire struct {
	next   http.Handler
	refuse func(call) bool           // nil: nothing; set before the first call
	answer func(call, []byte) []byte // nil: as it is; likewise

	arrived hook           // is told of every call
	under   sync.WaitGroup // the calls under way
	mu      sync.Mutex
	seen    calls
}

// hook is a function that may be exchanged while calls arrive.
type hook struct{ f atomic.Pointer[func(call)] }

func (h *hook) Store(f func(call)) { h.f.Store(&f) }

func (h *hook) tell(c call) {
	if f := h.f.Load(); f != nil {
		(*f)(c)
	}
}

// settle waits for the calls whose client is gone.
func (w *wire) settle() { w.under.Wait() }

func (w *wire) log() calls {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.seen)
}

func (w *wire) ServeHTTP(out http.ResponseWriter, r *http.Request) {
	w.under.Add(1)
	defer w.under.Done()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(out, err.Error(), http.StatusBadRequest)
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	form, err := url.ParseQuery(string(body))
	if err != nil {
		http.Error(out, err.Error(), http.StatusBadRequest)
		return
	}
	c := call{accountOf(r), form.Get("Action"), form}
	w.mu.Lock()
	w.seen = append(w.seen, c)
	w.mu.Unlock()
	w.arrived.tell(c)
	switch {
	case w.refuse != nil && w.refuse(c):
		out.Header().Set("Content-Type", "text/xml")
		out.WriteHeader(http.StatusForbidden)
		io.WriteString(out, `<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>not today</Message></Error><RequestId>req-1</RequestId></ErrorResponse>`)
	case w.answer != nil:
		kept := httptest.NewRecorder()
		w.next.ServeHTTP(kept, r)
		text := w.answer(c, kept.Body.Bytes())
		out.Header().Set("Content-Type", kept.Header().Get("Content-Type"))
		out.WriteHeader(kept.Code)
		out.Write(text)
	default:
		w.next.ServeHTTP(out, r)
	}
}

// accountOf is the account of a request's key, which names it.
func accountOf(r *http.Request) string {
	_, rest, _ := strings.Cut(r.Header.Get("Authorization"), "Credential="+sandbox.KeyPrefix)
	account, _, _ := strings.Cut(rest, "/")
	return account
}
