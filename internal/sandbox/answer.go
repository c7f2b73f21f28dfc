package sandbox

import (
	"bytes"
	"crypto/rand"
	"encoding/xml"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// list is a list in an answer; it is there, if empty, unless it is nil.
type list[T any] struct {
	Members []T `xml:"member"`
}

// page ends a list that may go on.
type page struct {
	IsTruncated bool
	Marker      string `xml:",omitempty"`
}

type tagXML struct{ Key, Value string }

type attachedPolicyXML struct{ PolicyName, PolicyArn string }

type namedPolicyXML struct{ PolicyName, PolicyDocument string }

// date is a moment as IAM writes it: to the second, in UTC.
func date(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// encoded is a policy document in an answer: "URL-encoded compliant with RFC
// 3986", where a blank is %20 and never +.
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetRole.html
func encoded(text string) string {
	const unreserved = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"
	var b strings.Builder
	b.Grow(len(text) * 2)
	for i := range len(text) {
		if strings.IndexByte(unreserved, text[i]) >= 0 {
			b.WriteByte(text[i])
			continue
		}
		const hex = "0123456789ABCDEF"
		b.Write([]byte{'%', hex[text[i]>>4], hex[text[i]&15]})
	}
	return b.String()
}

// answer is what a client is to get.
type answer struct {
	status int
	id     string // of the request
	body   []byte
	code   string // of an error
}

// answerOf is <ActionResponse><ActionResult>…</ActionResult>…, or the error;
// an action without a result has no such element.
func answerOf(s service, action string, result any, err error) answer {
	if err != nil {
		return refusal(s, err)
	}
	id := requestID()
	var body bytes.Buffer
	fmt.Fprintf(&body, "<%sResponse xmlns=%q>", action, s.namespace)
	if result != nil {
		start := xml.StartElement{Name: xml.Name{Local: action + "Result"}}
		if err := xml.NewEncoder(&body).EncodeElement(result, start); err != nil {
			return refusal(s, fmt.Errorf("writing the answer to %s: %w", action, err))
		}
	}
	fmt.Fprintf(&body, "<ResponseMetadata><RequestId>%s</RequestId></ResponseMetadata></%sResponse>", id, action)
	return answer{status: http.StatusOK, id: id, body: body.Bytes()}
}

type errorXML struct {
	XMLName   xml.Name `xml:"ErrorResponse"`
	Namespace string   `xml:"xmlns,attr"`
	Error     struct{ Type, Code, Message string }
	RequestID string `xml:"RequestId"`
}

// refusal is an error answer.
func refusal(s service, err error) answer {
	var f *fault
	if !errors.As(err, &f) {
		f = fail(internalFailure, "%v", err)
	}
	x := errorXML{Namespace: s.namespace, RequestID: requestID()}
	x.Error.Type, x.Error.Code, x.Error.Message = "Sender", f.Code, f.Message
	if f.status() >= http.StatusInternalServerError {
		x.Error.Type = "Receiver"
	}
	body, err := xml.Marshal(x)
	if err != nil {
		panic("sandbox: an error answer is plain text: " + err.Error())
	}
	return answer{f.status(), x.RequestID, body, f.Code}
}

// A client of the Go SDK that gets its answer within microseconds may cut its
// own connection: smithy-go closes the request's body while net/http still
// looks whether it has ended, and an answer longer than the client's read
// buffer is then lost half-way, to be asked for again. AWS is never that
// quick; so long answers take their time here too.
const (
	readBuffer = 4 << 10
	pause      = time.Millisecond
)

func send(w http.ResponseWriter, a answer) {
	if len(a.body) > readBuffer/2 {
		time.Sleep(pause)
	}
	header(w, a)
	w.Write(a.body) // a client that went away is no matter of ours
}

// header writes what comes before the body.
func header(w http.ResponseWriter, a answer) {
	w.Header().Set("Content-Type", "text/xml")
	w.Header().Set("Content-Length", strconv.Itoa(len(a.body)))
	w.Header().Set("X-Amzn-Requestid", a.id)
	w.WriteHeader(a.status)
}

// requestID is a random UUID.
func requestID() string {
	var b [16]byte
	rand.Read(b[:])
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// uniqueID is a unique id with the prefix of its kind.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
func uniqueID(prefix string) string { return prefix + rand.Text()[:17] }
