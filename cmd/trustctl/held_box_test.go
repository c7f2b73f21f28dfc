package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/trustctl/trustctl/internal/sandbox"
)

// remoteBox is the sandbox behind an endpoint, if one answers there.
func remoteBox(endpoint string) (box, bool) {
	if !strings.HasPrefix(endpoint, "http://127.0.0.1:") {
		return nil, false
	}
	answer, err := http.Get(endpoint + "/_sandbox/counts")
	if err != nil {
		return nil, false
	}
	defer answer.Body.Close()
	return controlled(endpoint + "/_sandbox/"), answer.StatusCode == http.StatusOK
}

// controlled is a sandbox behind its control API.
type controlled string

func (c controlled) SetPolicy(account, document string) error {
	method := http.MethodPut
	if document == "" {
		method = http.MethodDelete
	}
	request, err := http.NewRequest(method, string(c)+"policy/"+account, strings.NewReader(document))
	if err != nil {
		return err
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if text, _ := io.ReadAll(answer.Body); answer.StatusCode/100 != 2 {
		return fmt.Errorf("the sandbox does not take the policy of %s: %s", account, text)
	}
	return nil
}

func (c controlled) Log() []sandbox.Call {
	var log struct{ Calls []sandbox.Call }
	answer, err := http.Get(string(c) + "log")
	if err == nil {
		err = errors.Join(json.NewDecoder(answer.Body).Decode(&log), answer.Body.Close())
	}
	if err != nil {
		panic(err) // the test's own sandbox
	}
	return log.Calls
}
