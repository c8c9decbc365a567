package config

import _ "embed"

//go:embed example.yaml
var example []byte

// Example is a commented configuration file that shows every setting with its default and one
// resource of each kind.
func Example() []byte { return append([]byte(nil), example...) }
