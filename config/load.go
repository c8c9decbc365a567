package config

import (
	"cmp"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/joho/godotenv"
	"github.com/spf13/pflag"
)

// FileName is the file that is read from the working directory when none is named.
const FileName = "burncloud.yaml"

const fileEnv = "BURNCLOUD_CONFIG"

// Options say where Load looks.
type Options struct {
	Flags     *pflag.FlagSet // as set up by Flags and parsed; nil is none
	Environ   []string       // as of os.Environ; .env in Dir fills in what it lacks
	Dir       string         // the working directory; "" is the process's own
	Providers []Provider     // known providers; nil leaves provider names unchecked
}

// Provider is what the file is checked against.
type Provider struct {
	ID       string
	NeedsURL bool // a channel must give a base_url
	NeedsKey bool // a channel must give at least one key
}

// Flags registers --config and a flag for each setting that has one.
func Flags(fs *pflag.FlagSet) {
	fs.String("config", "", "configuration `file` (default: "+FileName+" in the working directory)")
	for _, s := range settings {
		if s.flag != "" {
			fs.String(s.flag, s.fallback, s.help)
		}
	}
}

// Load reads all sources and checks them. Its error is Problems, or that of a file which cannot be read.
func Load(o Options) (*Config, error) {
	l := &loader{Options: o, c: &Config{options: o}}
	l.environment()
	path, err := l.find()
	if err != nil {
		return nil, err
	}
	l.origins = map[string]Origin{}
	l.defaults()
	if path != "" {
		if err := l.readFile(path); err != nil {
			return nil, err
		}
	}
	l.override()
	l.check()
	if len(l.problems) > 0 {
		slices.SortStableFunc(l.problems, func(a, b Problem) int {
			return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
		})
		return nil, l.problems
	}
	l.finish()
	return l.c, nil
}

// loader is one run of Load.
type loader struct {
	Options
	c        *Config
	env      map[string]string
	dotenv   map[string]bool // names that only .env sets
	origins  map[string]Origin
	declared []Value // leaves of the declared resources
	problems Problems
}

// environment merges Environ over .env. An empty variable counts as not set.
func (l *loader) environment() {
	l.env, l.dotenv = map[string]string{}, map[string]bool{}
	for _, kv := range l.Environ {
		if k, v, ok := strings.Cut(kv, "="); ok && v != "" {
			l.env[k] = v
		}
	}
	path := filepath.Join(l.Dir, ".env")
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return
	}
	if err != nil {
		l.problems = append(l.problems, Problem{Where: ".env", Message: err.Error()})
		return
	}
	more, err := godotenv.UnmarshalBytes(b)
	if err != nil {
		// The library's message quotes the line, which may be a secret.
		l.problems = append(l.problems, Problem{Where: ".env", Message: "is not a list of NAME=value lines"})
		return
	}
	for k, v := range more {
		if _, ok := l.env[k]; !ok && v != "" {
			l.env[k], l.dotenv[k] = v, true
		}
	}
}

func (l *loader) lookup(name string) (string, bool) {
	v, ok := l.env[name]
	return v, ok
}

// find is the path of the file, "" when none is named and FileName does not exist.
func (l *loader) find() (string, error) {
	name := l.env[fileEnv]
	if f := l.flag("config"); f != "" {
		name = f
	}
	if name != "" {
		return l.absolute(name), nil
	}
	path := l.absolute(FileName)
	_, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	return path, err
}

func (l *loader) absolute(path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(l.Dir, path)
}

// flag is the text of a flag that the caller set, else "".
func (l *loader) flag(name string) string {
	if l.Flags == nil {
		return ""
	}
	if f := l.Flags.Lookup(name); f != nil && f.Changed {
		return f.Value.String()
	}
	return ""
}

func (l *loader) flagSet(name string) bool {
	return l.Flags != nil && l.Flags.Changed(name)
}

func (l *loader) defaults() {
	for _, s := range settings {
		if s.fallback != "" {
			if err := s.at(l.c).set(s.fallback); err != nil {
				panic("config: default of " + s.path + ": " + err.Error()) // a row of the table is wrong
			}
		}
		l.origins[s.path] = Origin{Source: "default"}
	}
}

// override applies the environment, then the flags.
func (l *loader) override() {
	for _, s := range settings {
		if v, ok := l.env[s.env]; ok {
			source := "environment"
			if l.dotenv[s.env] {
				source = ".env"
			}
			l.set(s, v, Origin{Source: source, Name: s.env}, Problem{Where: source + " " + s.env})
		}
		if s.flag != "" && l.flagSet(s.flag) {
			l.set(s, l.Flags.Lookup(s.flag).Value.String(), Origin{Source: "flag", Name: "--" + s.flag}, Problem{Where: "flag --" + s.flag})
		}
	}
}

// set gives a setting its value; a value that is refused becomes a problem at the given place.
func (l *loader) set(s setting, v string, o Origin, place Problem) {
	err := s.at(l.c).set(v)
	if err == nil {
		l.origins[s.path] = o
		return
	}
	place.Message = err.Error()
	var choice *choiceError
	if errors.As(err, &choice) {
		place.Hint = nearest(choice.word, choice.names)
	}
	l.problems = append(l.problems, place)
}

// check holds settings against each other.
func (l *loader) check() {
	c := l.c
	if c.Limits.BodyMemory < c.Limits.Body {
		l.problems = append(l.problems, Problem{Where: "limits.body_memory",
			Message: "is less than limits.body, so that the largest body could never be read"})
	}
	if c.Timeouts.Total < c.Timeouts.FirstByte {
		l.problems = append(l.problems, Problem{Where: "timeouts.total", Message: "is shorter than timeouts.first_byte"})
	}
}

// finish fills in what is derived from the values.
func (l *loader) finish() {
	for _, s := range settings {
		v := Value{Path: s.path, Text: s.at(l.c).get(), Origin: l.origins[s.path]}
		if s.secret {
			v.Text = mask(v.Text)
		}
		l.c.values = append(l.c.values, v)
	}
	l.c.values = append(l.c.values, l.declared...)
	l.c.Server.DataDir = l.absolute(l.c.Server.DataDir)
	l.c.Warnings = l.misspelt()
}

// misspelt finds variables that look like one of ours but are not: a typing error there would
// otherwise go unnoticed.
func (l *loader) misspelt() []string {
	known := []string{fileEnv}
	for _, s := range settings {
		known = append(known, s.env)
	}
	var out []string
	for name := range l.env {
		if !strings.HasPrefix(name, "BURNCLOUD_") || slices.Contains(known, name) {
			continue
		}
		for _, k := range known {
			if editDistance(name, k) <= 2 {
				out = append(out, "environment variable "+name+" is not used; did you mean "+k+"?")
				break
			}
		}
	}
	slices.Sort(out)
	return out
}
