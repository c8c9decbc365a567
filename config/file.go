package config

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"
)

// maxFile bounds the file: a configuration larger than this is something else.
const maxFile = 16 << 20

// readFile reads settings and resources from the file at path.
func (l *loader) readFile(path string) error {
	b, err := readBounded(path)
	if err != nil {
		return err
	}
	l.c.File, l.c.digest = path, sha256.Sum256(b)
	r := &reader{file: l.shown(path), lookup: l.lookup, names: map[string]map[string]bool{}}
	for name := range l.env {
		r.env = append(r.env, name)
	}
	defer func() { l.problems = append(l.problems, r.problems...) }()
	root, ok := r.parse(b)
	if !ok {
		return nil
	}
	fields := append(l.settingFields(r), l.resourceFields(r)...)
	r.object(root, "", fields...)
	l.checkNames(r)
	return nil
}

func readBounded(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err == nil && len(b) > maxFile {
		err = errors.New(path + " is larger than 16 MB")
	}
	return b, err
}

// shown is path as a person would write it from the working directory.
func (l *loader) shown(path string) string {
	dir, err := filepath.Abs(l.Dir)
	if err != nil {
		return path
	}
	full, err := filepath.Abs(path)
	if err != nil {
		return path
	}
	if rel, err := filepath.Rel(dir, full); err == nil && !strings.HasPrefix(rel, "..") {
		return rel
	}
	return path
}

var yamlLine = regexp.MustCompile(`^yaml: (?:line (\d+): )?(.*)`)

// parse is the file's one document.
func (r *reader) parse(b []byte) (*yaml.Node, bool) {
	d := yaml.NewDecoder(bytes.NewReader(b))
	var doc, more yaml.Node
	err := d.Decode(&doc)
	if err == io.EOF {
		return &yaml.Node{Kind: yaml.MappingNode, Line: 1, Column: 1}, true
	}
	if err == nil && d.Decode(&more) != io.EOF {
		r.problem(&more, "", "has a second document; one file is one configuration")
		return nil, false
	}
	if err != nil {
		n := &yaml.Node{Line: 1, Column: 1}
		message := err.Error()
		if m := yamlLine.FindStringSubmatch(message); m != nil {
			if line, err := strconv.Atoi(m[1]); err == nil {
				n.Line = line
			}
			message = m[2]
		}
		r.problem(n, "", "is not YAML: %s", message)
		return nil, false
	}
	return doc.Content[0], true
}

// settingFields are the file's members that are settings, made from the table.
func (l *loader) settingFields(r *reader) []field {
	var out []field
	sections := map[string][]field{}
	var order []string
	for _, s := range settings {
		section, name, nested := strings.Cut(s.path, ".")
		if !nested {
			name = section
		}
		f := field{name, func(n *yaml.Node, where string) {
			v, ok := r.text(n, where, s.secret)
			if !ok {
				return
			}
			r.values = r.values[:len(r.values)-1] // settings are listed from the table, not from the file
			place := Problem{File: r.file, Line: n.Line, Column: n.Column, Where: where}
			l.set(s, v, Origin{Source: "file", File: r.file, Line: n.Line}, place)
		}}
		if !nested {
			out = append(out, f)
			continue
		}
		if sections[section] == nil {
			order = append(order, section)
		}
		sections[section] = append(sections[section], f)
	}
	for _, section := range order {
		out = append(out, field{section, func(n *yaml.Node, where string) { r.object(n, where, sections[section]...) }})
	}
	return out
}
