// Runs injection templates as istiod does: Go's text/template over typed Kubernetes objects. For tests only.
//
// Reads a JSON list of requests from standard input and writes a JSON list of answers, in order.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"
	"text/template"
)

// A request without data only asks whether the template can be parsed.
type request struct {
	Template string
	// Names of the injector's own functions, and of the fields that its data has; null: all that are known here.
	Functions, Fields []string
	// The environment of istiod.
	Env map[string]string
	// The data of a pod, or of a Gateway.
	Data    *pod
	Gateway *gatewayInput
}

type answer struct {
	Text  string `json:"text"`
	Error string `json:"error"`
}

func main() {
	var requests []request
	if err := json.NewDecoder(os.Stdin).Decode(&requests); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	answers := make([]answer, len(requests))
	for place, each := range requests {
		text, err := evaluated(each)
		answers[place].Text = text
		if err != nil {
			answers[place].Error = err.Error()
		}
	}
	if err := json.NewEncoder(os.Stdout).Encode(answers); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
}

func evaluated(asked request) (string, error) {
	functions := sprig()
	own := injector(asked.Env)
	if asked.Functions == nil {
		for name, function := range own {
			functions[name] = function
		}
	}
	for _, name := range asked.Functions {
		if function, known := own[name]; known {
			functions[name] = function
		}
	}
	parsed, err := template.New("pod").Funcs(functions).Parse(asked.Template)
	var out strings.Builder
	switch {
	case err != nil:
	case asked.Data != nil:
		err = parsed.Execute(&out, limited(asked.Data, asked.Fields))
	case asked.Gateway != nil:
		err = parsed.Execute(&out, limited(asked.Gateway, asked.Fields))
	}
	return out.String(), err
}

// The data as a type that has these fields alone, so that a template which asks for another one fails. What is embedded
// stays whole.
func limited(data any, fields []string) any {
	if fields == nil {
		return data
	}
	var kept []reflect.StructField
	whole := reflect.ValueOf(data).Elem()
	for place := range whole.NumField() {
		if field := whole.Type().Field(place); field.Anonymous || slices.Contains(fields, field.Name) {
			kept = append(kept, reflect.StructField{Name: field.Name, Type: field.Type, Anonymous: field.Anonymous})
		}
	}
	result := reflect.New(reflect.StructOf(kept))
	for place, field := range kept {
		result.Elem().Field(place).Set(whole.FieldByName(field.Name))
	}
	return result.Interface()
}
