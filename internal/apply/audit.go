package apply

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	smithy "github.com/aws/smithy-go/middleware"

	"github.com/trustctl/trustctl/internal/plan"
	"github.com/trustctl/trustctl/internal/trust"
)

// auditLine is what the audit log says of one write.
type auditLine struct {
	Time       string          `json:"time"`
	Account    trust.AccountID `json:"account"`
	Call       string          `json:"call"`       // IAM's name, or the file's step
	Parameters map[string]any  `json:"parameters"` // as IAM names them
	Result     string          `json:"result"`     // ok, refused, or unknown: no answer came
	Code       string          `json:"code,omitempty"`
	Message    string          `json:"message,omitempty"`
	RequestID  string          `json:"request_id,omitempty"`
	Attempts   int             `json:"attempts"`
	Stack      string          `json:"stack"`
	PlanDigest string          `json:"plan_digest,omitempty"`
}

// AuditError is the error of an audit log that cannot be written: nothing new
// is begun after it.
type AuditError struct{ Err error }

func (e *AuditError) Error() string { return "the audit log cannot be written: " + e.Err.Error() }

// Unwrap is the error of writing.
func (e *AuditError) Unwrap() error { return e.Err }

// traced is what is learned of a call on its way.
type traced struct {
	parameters map[string]any
	attempts   int
	requestID  string
}

// trace notes a call's parameters and, of every attempt, the request id.
func (t *traced) trace(o *iam.Options) {
	o.APIOptions = append(o.APIOptions, func(stack *smithy.Stack) error {
		err := stack.Initialize.Add(smithy.InitializeMiddlewareFunc("trustctl note parameters",
			func(ctx context.Context, in smithy.InitializeInput, next smithy.InitializeHandler) (smithy.InitializeOutput, smithy.Metadata, error) {
				t.parameters = parameters(in.Parameters)
				return next.HandleInitialize(ctx, in)
			}), smithy.Before)
		attempt := stack.Deserialize.Add(smithy.DeserializeMiddlewareFunc("trustctl note attempts",
			func(ctx context.Context, in smithy.DeserializeInput, next smithy.DeserializeHandler) (smithy.DeserializeOutput, smithy.Metadata, error) {
				t.attempts++
				out, metadata, err := next.HandleDeserialize(ctx, in)
				t.requestID, _ = middleware.GetRequestIDMetadata(metadata)
				return out, metadata, err
			}), smithy.Before)
		return errors.Join(err, attempt)
	})
}

// parameters are the fields of a call's input that are set.
func parameters(input any) map[string]any {
	all := map[string]any{}
	v := reflect.ValueOf(input).Elem()
	for i := range v.NumField() {
		field := v.Type().Field(i)
		if field.IsExported() && !v.Field(i).IsZero() {
			all[field.Name] = v.Field(i).Interface()
		}
	}
	return all
}

// fileParameters are those of a step on a file: what is in it stays in it.
func fileParameters(s plan.Step) map[string]any {
	file := trust.EnvironmentFile{}
	switch s := s.(type) {
	case plan.WriteEnvironmentFile:
		file = s.File
		return map[string]any{"Environment": file.Environment, "Path": file.Path, "SHA256": file.Hash()}
	case plan.RemoveEnvironmentFile:
		file = s.File
	}
	return map[string]any{"Environment": file.Environment, "Path": file.Path}
}

// audit writes a line about a write that was tried. answer is the call's own
// error, refused whether that is one in the end.
func (r *run) audit(account trust.AccountID, s plan.Step, t traced, answer error, refused bool) error {
	if r.Audit == nil {
		return nil
	}
	line := auditLine{
		Time: r.Now().UTC().Format(time.RFC3339Nano), Account: account, Call: stepName(s),
		Parameters: t.parameters, Result: "ok", RequestID: t.requestID, Attempts: t.attempts,
		Stack: r.plan.Stack, PlanDigest: r.PlanDigest,
	}
	if answer != nil {
		e := callError(line.Call, answer)
		line.Code, line.Message = e.Code, e.Message
		if e.RequestID != "" {
			line.RequestID = e.RequestID
		}
		switch {
		case !refused:
		case e.Code == "" && t.attempts > 0:
			line.Result = "unknown"
		default:
			line.Result = "refused"
		}
	}
	text, err := json.Marshal(line)
	if err != nil {
		panic(fmt.Sprintf("apply: the parts of an audit line are plain values: %v", err))
	}
	text = append(text, '\n')
	r.auditing.Lock()
	defer r.auditing.Unlock()
	// What was under way when the log failed is offered to it all the same: it may have room again.
	if _, err := r.Audit.Write(text); err != nil {
		r.Unlogged(text)
		if r.unaudited == nil {
			r.unaudited = &AuditError{err}
			r.halt(r.unaudited)
		}
	}
	return r.unaudited
}
