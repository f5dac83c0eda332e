// Fills in templates as Argo CD's ApplicationSet controller does: Go's text/template with missingkey=error.
//
// Reads a JSON list of templates and data from standard input and writes the list of texts. For tests only.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"text/template"
)

func main() {
	var asked []struct {
		Template string
		Data     map[string]any
	}
	if err := json.NewDecoder(os.Stdin).Decode(&asked); err != nil {
		fail(err)
	}
	texts := []string{}
	for _, one := range asked {
		parsed, err := template.New("").Option("missingkey=error").Parse(one.Template)
		if err != nil {
			fail(err)
		}
		var text strings.Builder
		if err := parsed.Execute(&text, one.Data); err != nil {
			fail(err)
		}
		texts = append(texts, text.String())
	}
	json.NewEncoder(os.Stdout).Encode(texts)
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
