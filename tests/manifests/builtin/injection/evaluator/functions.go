package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"path"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"text/template"
)

// The injector's own functions that the project's templates use.
func injector(environment map[string]string) template.FuncMap {
	return template.FuncMap{
		"annotation": func(of ObjectMeta, name string, otherwise any) string {
			if value, found := of.Annotations[name]; found {
				return value
			}
			return fmt.Sprint(otherwise)
		},
		"isset": func(of map[string]string, name string) bool {
			_, found := of[name]
			return found
		},
		"valueOrDefault": func(value, otherwise any) any {
			if value == nil || value == "" {
				return otherwise
			}
			return value
		},
		"env": func(name, otherwise string) string {
			if value := environment[name]; value != "" {
				return value
			}
			return otherwise
		},
		"contains":  func(needle, text string) bool { return strings.Contains(text, needle) },
		"toLower":   strings.ToLower,
		"directory": func(file string) string { folder, _ := path.Split(file); return folder },
		"fromJSON": func(text string) any {
			var value any
			if json.Unmarshal([]byte(text), &value) != nil {
				return "{}"
			}
			return value
		},
		"structToJSON": asJSON,
		"strdict":      strdict,
		"mergeMaps":    mergeMaps,
		"toJsonMap":    func(of ...map[string]string) string { return asJSON(mergeMaps(of...)) },
		"omit": func(of map[string]string, names ...string) map[string]string {
			kept := mergeMaps(of)
			for _, name := range names {
				delete(kept, name)
			}
			return kept
		},
		"protoToJSON":            func(config *proxyConfig) string { return string(config.Printed) },
		"excludeInboundPort":     excludeInboundPort,
		"appendMultusNetwork":    appendMultusNetwork,
		"otelResourceAttributes": otelResourceAttributes,
	}
}

func strdict(pairs ...string) map[string]string {
	result := map[string]string{}
	for place := 0; place+1 < len(pairs); place += 2 {
		result[pairs[place]] = pairs[place+1]
	}
	return result
}

func mergeMaps(of ...map[string]string) map[string]string {
	result := map[string]string{}
	for _, each := range of {
		maps.Copy(result, each)
	}
	return result
}

func excludeInboundPort(port any, excluded string) string {
	added := strings.TrimSpace(fmt.Sprint(port))
	list := strings.Split(excluded, ",")
	if added == "" || added == "0" || slices.Contains(list, added) {
		return excluded
	}
	var kept []string
	for _, each := range list {
		if each = strings.TrimSpace(each); each != "" {
			kept = append(kept, each)
		}
	}
	return strings.Join(append(kept, added), ",")
}

// A network in a list of names, or in a JSON list where the annotation has one.
func appendMultusNetwork(existing, network string) string {
	end := strings.LastIndexByte(existing, ']')
	switch {
	case existing == "":
		return network
	case end >= 0:
		var there []map[string]any
		if json.Unmarshal([]byte(existing), &there) != nil {
			return existing
		}
		for _, each := range there {
			if each["name"] == network {
				return existing
			}
		}
		return existing[:end] + `, {"name": "` + network + `"}` + existing[end:]
	default:
		for _, each := range strings.Split(existing, ",") {
			if strings.TrimSpace(each) == network {
				return existing
			}
		}
		return existing + ", " + network
	}
}

// The part of the rules for service attributes that does not look into image references.
func otelResourceAttributes(mesh *meshConfig, annotations, labels map[string]string, namespace string, containers []container) string {
	wanted := slices.ContainsFunc(mesh.ExtensionProviders, func(each extensionProvider) bool {
		return each.Opentelemetry != nil && each.Opentelemetry.ServiceAttributeEnrichment == "OTEL_SEMANTIC_CONVENTIONS"
	})
	if !wanted {
		return ""
	}
	instance := ""
	if len(containers) > 0 {
		instance = namespace + ".$(POD_NAME)." + containers[0].Name
	}
	var attributes []string
	for _, each := range [][2]string{
		{"service.namespace", namespace},
		{"service.version", labels["app.kubernetes.io/version"]},
		{"service.instance.id", instance},
	} {
		value := annotations["resource.opentelemetry.io/"+each[0]]
		if value == "" {
			value = each[1]
		}
		if value != "" {
			attributes = append(attributes, each[0]+"="+value)
		}
	}
	return strings.Join(attributes, ",")
}

// The functions of sprig that the project's templates use.
func sprig() template.FuncMap {
	return template.FuncMap{
		"append":     func(list []any, value any) []any { return append(slices.Clone(list), value) },
		"default":    func(otherwise any, given ...any) any { return ternary(otherwise, last(given), empty(last(given))) },
		"first":      func(list any) any { return reflect.ValueOf(list).Index(0).Interface() },
		"has":        func(needle any, list []any) bool { return slices.ContainsFunc(list, equals(needle)) },
		"int":        whole,
		"kindIs":     func(kind string, value any) bool { return kind == reflect.ValueOf(value).Kind().String() },
		"rest":       func(list []any) []any { return slices.Clone(list[1:]) },
		"last":       last,
		"list":       func(values ...any) []any { return values },
		"ternary":    ternary,
		"toJson":     asJSON,
		"toString":   text,
		"trimSuffix": func(suffix, value string) string { return strings.TrimSuffix(value, suffix) },
		"trimAll":    func(cutset, value string) string { return strings.Trim(value, cutset) },
		"trunc":      func(length int, value string) string { return value[:min(length, len(value))] },
		"compact": func(list []any) []any {
			return slices.DeleteFunc(slices.Clone(list), empty)
		},
		"dict": func(pairs ...any) map[string]any {
			result := map[string]any{}
			for place := 0; place+1 < len(pairs); place += 2 {
				result[text(pairs[place])] = pairs[place+1]
			}
			return result
		},
		"fail": func(message string) (string, error) { return "", errors.New(message) },
		"join": func(separator string, list []any) string {
			texts := make([]string, len(list))
			for place, each := range list {
				texts[place] = text(each)
			}
			return strings.Join(texts, separator)
		},
		"quote": func(values ...any) string {
			var quoted []string
			for _, each := range values {
				if each != nil {
					quoted = append(quoted, fmt.Sprintf("%q", text(each)))
				}
			}
			return strings.Join(quoted, " ")
		},
		"set": func(values map[string]any, name string, value any) map[string]any {
			values[name] = value
			return values
		},
	}
}

func asJSON(value any) string {
	printed, err := json.Marshal(value)
	if err != nil {
		return ""
	}
	return string(printed)
}

func ternary(yes, no any, condition bool) any {
	if condition {
		return yes
	}
	return no
}

func last(list []any) any {
	if len(list) == 0 {
		return nil
	}
	return list[len(list)-1]
}

func equals(one any) func(any) bool {
	return func(other any) bool { return reflect.DeepEqual(one, other) }
}

func text(value any) string { return fmt.Sprint(value) }

func whole(value any) int {
	if number, err := strconv.ParseInt(text(value), 0, 0); err == nil {
		return int(number)
	}
	number, _ := value.(float64)
	return int(number)
}

// What sprig takes for no value: nil, zero, and what has no length.
func empty(value any) bool {
	of := reflect.ValueOf(value)
	switch of.Kind() {
	case reflect.Invalid:
		return true
	case reflect.Struct:
		return false
	case reflect.Map, reflect.Slice, reflect.Array, reflect.String:
		return of.Len() == 0
	default:
		return of.IsZero()
	}
}
