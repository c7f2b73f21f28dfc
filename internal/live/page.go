package live

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// PageError is the error for an answer that is a page for people: a proxy, or
// the sign-in page of a network, has answered in AWS's place.
type PageError struct{ Status int }

func (e *PageError) Error() string {
	return fmt.Sprintf("a web page came back (HTTP %d): what answered is a proxy or a sign-in page, not AWS, and the call was not carried out", e.Status)
}

// refusePages is an API option. Where a call's answer has nothing in it but its
// success the SDK does not look at it, and would take any page for one.
func refusePages(stack *middleware.Stack) error {
	return stack.Deserialize.Add(middleware.DeserializeMiddlewareFunc("trustctl refuse pages",
		func(ctx context.Context, in middleware.DeserializeInput, next middleware.DeserializeHandler) (middleware.DeserializeOutput, middleware.Metadata, error) {
			out, metadata, err := next.HandleDeserialize(ctx, in)
			if answer, ok := out.RawResponse.(*smithyhttp.Response); err == nil && ok && strings.HasPrefix(answer.Header.Get("Content-Type"), "text/html") {
				err = &PageError{answer.StatusCode}
			}
			return out, metadata, err
		}), middleware.After)
}
