package burncloud_test

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

const module = "github.com/burncloud/burncloud"

// layers says what each folder may import of this module. The longest matching folder counts; an entry
// ending in /… covers everything below it, and "./…" everything below the folder itself. Tests may
// import what they need.
var layers = []struct {
	folder  string
	imports []string
	rule    string
}{
	{"", nil, "the root package holds the domain words and imports the standard library alone"},
	{"config", []string{""}, "config knows the domain words alone"},
	{"protocol", []string{"", "internal/…"}, "the codec contract knows no codec"},
	{"protocol/…", []string{"", "protocol", "internal/…"}, "codecs never see each other"},
	{"provider", []string{"", "protocol"}, "a vendor is data over protocols"},
	{"store", []string{"", "internal/…"}, "the store knows the domain words alone"},
	{"store/…", []string{"", "internal/…"}, "the cache knows the domain words alone"},
	{"store/storetest", []string{"", "store"}, "storetest opens stores for tests"},
	{"service/…", []string{"", "store", "store/cache", "provider", "protocol", "internal/…", "./…"},
		"services are siblings that never import each other"},
	{"gateway", []string{"", "service/…", "provider", "protocol", "internal/…", "./…"},
		"the data plane reaches data through services, and never the control plane"},
	{"gateway/…", []string{"", "internal/…"}, "the parts of the data plane know the domain words alone"},
	{"control", []string{"", "service/…"}, "the control plane reaches data through services, and never the data plane"},
	{"control/client", []string{"", "control"}, "the client speaks the control API's types"},
	{"web", nil, "the console is files"},
	{"app", []string{"…"}, "only app sees all"},
	{"cmd/…", []string{"", "app", "config", "control", "control/client"}, "commands are thin: app starts the server, the control API does the rest"},
	{"internal/…", []string{""}, "each internal package could be its own repository"},
	{"internal/testkit/…", []string{"", "internal/testkit"}, "programs of the test kit"},
	{"bench", nil, "the bench measures from outside"},
}

// owners are the folders that alone may import a library: its users go through them.
var owners = []struct {
	library string
	folders []string
	rule    string
}{
	{"github.com/valyala/fasthttp", []string{"bench"}, "the data plane has its own parser, internal/http1"},
	{"modernc.org/sqlite", []string{"store"}, "engines are known to the store alone"},
	{"github.com/jackc/pgx/v5", []string{"store", "store/storetest"}, "engines are known to the store alone"},
	{"github.com/uptrace/bun", []string{"store"}, "SQL is written in the store alone"},
	{"github.com/pressly/goose/v3", []string{"store"}, "migrations are the store's"},
	{"github.com/redis/go-redis/v9", []string{"store/cache"}, "Redis is known to the cache alone"},
	{"github.com/danielgtaylor/huma/v2", []string{"control"}, "the API framework is known to control alone"},
	{"github.com/spf13/cobra", []string{"cmd/…"}, "the command line is known to commands alone"},
	{"gopkg.in/yaml.v3", []string{"config"}, "the file format is known to config alone"},
}

func TestImportsPointDown(t *testing.T) {
	for _, f := range goFiles(t) {
		if f.test {
			continue
		}
		layer := -1
		for i, l := range layers {
			if covers(l.folder, f.folder) && (layer < 0 || len(l.folder) >= len(layers[layer].folder)) {
				layer = i
			}
		}
		if layer < 0 {
			t.Errorf("%s: folder %q has no layer; add it to arch_test.go with its rule", f.path, f.folder)
			continue
		}
		for _, imp := range f.imports {
			if to, ok := strings.CutPrefix(imp, module); ok {
				to = strings.TrimPrefix(to, "/")
				if !slices.ContainsFunc(layers[layer].imports, func(p string) bool { return covers(strings.Replace(p, ".", f.folder, 1), to) }) {
					t.Errorf("%s imports %s: %s", f.path, imp, layers[layer].rule)
				}
				if to == "internal/testkit" && !forTests(f.folder) {
					t.Errorf("%s imports %s: the test kit is for tests", f.path, imp)
				}
			} else if layers[layer].folder == "" && strings.Contains(strings.Split(imp, "/")[0], ".") {
				t.Errorf("%s imports %s: %s", f.path, imp, layers[layer].rule)
			}
		}
	}
}

func TestLibrariesHaveOwners(t *testing.T) {
	for _, f := range goFiles(t) {
		if f.test {
			continue
		}
		for _, imp := range f.imports {
			for _, o := range owners {
				if imp != o.library && !strings.HasPrefix(imp, o.library+"/") {
					continue
				}
				if !slices.ContainsFunc(o.folders, func(p string) bool { return covers(p, f.folder) }) {
					t.Errorf("%s imports %s: %s", f.path, imp, o.rule)
				}
			}
		}
	}
}

// forTests tells whether a package exists for tests, by the standard ending of its name.
func forTests(folder string) bool {
	return strings.HasSuffix(folder, "test") || strings.HasPrefix(folder, "internal/testkit/")
}

// covers tells whether pattern, a folder or "folder/…" or "…", stands for folder.
func covers(pattern, folder string) bool {
	if pattern == "…" {
		return true
	}
	if above, ok := strings.CutSuffix(pattern, "/…"); ok {
		return strings.HasPrefix(folder, above+"/")
	}
	return pattern == folder
}

// TestNoHiddenStart forbids init functions: what runs is what app calls.
func TestNoHiddenStart(t *testing.T) {
	for _, f := range goFiles(t) {
		for _, d := range f.ast.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == "init" {
				t.Errorf("%s has an init function: build values in app and hand them on", f.path)
			}
		}
	}
}

// TestPackagesSayWhatTheyAre wants a package comment, in doc.go where a package has several files, and
// a name that is a thing.
func TestPackagesSayWhatTheyAre(t *testing.T) {
	files, explained := map[string]int{}, map[string]string{}
	for _, f := range goFiles(t) {
		if f.test {
			continue
		}
		files[f.folder]++
		if f.ast.Doc != nil {
			explained[f.folder] = path.Base(f.path)
		}
		if slices.Contains([]string{"util", "utils", "common", "helpers", "types", "manager", "base", "misc"}, f.ast.Name.Name) {
			t.Errorf("%s: package %s says nothing about what it holds", f.path, f.ast.Name.Name)
		}
	}
	for folder, n := range files {
		switch where := explained[folder]; {
		case where == "":
			t.Errorf("package %q has no comment that says what it does and what it must never do", folder)
		case n > 1 && where != "doc.go" && where != "main.go":
			t.Errorf("package %q has its comment in %s; it belongs in doc.go", folder, where)
		}
	}
}

// TestExportedThingsAreExplained wants a doc comment on every exported name of a package.
func TestExportedThingsAreExplained(t *testing.T) {
	for _, f := range goFiles(t) {
		if f.test || f.ast.Name.Name == "main" {
			continue
		}
		for _, d := range f.ast.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				if d.Name.IsExported() && exportedReceiver(d) && d.Doc == nil && !slices.Contains(standard, d.Name.Name) {
					t.Errorf("%s: %s has no comment", f.path, d.Name.Name)
				}
			case *ast.GenDecl:
				for _, name := range unexplained(d) {
					t.Errorf("%s: %s has no comment", f.path, name)
				}
			}
		}
	}
}

// standard are methods whose meaning a standard interface fixes.
var standard = []string{"Error", "Unwrap", "String", "Len", "Less", "Swap"}

func exportedReceiver(d *ast.FuncDecl) bool {
	if d.Recv == nil {
		return true
	}
	t := d.Recv.List[0].Type
	for {
		switch x := t.(type) {
		case *ast.StarExpr:
			t = x.X
		case *ast.IndexExpr:
			t = x.X
		case *ast.Ident:
			return x.IsExported()
		default:
			return true
		}
	}
}

// unexplained lists exported names without a comment of their own or of their group.
func unexplained(d *ast.GenDecl) []string {
	var out []string
	for _, s := range d.Specs {
		switch s := s.(type) {
		case *ast.TypeSpec:
			if s.Name.IsExported() && d.Doc == nil && s.Doc == nil && s.Comment == nil {
				out = append(out, s.Name.Name)
			}
		case *ast.ValueSpec:
			for _, n := range s.Names {
				if n.IsExported() && d.Doc == nil && s.Doc == nil && s.Comment == nil {
					out = append(out, n.Name)
				}
			}
		}
	}
	return out
}

// foreign are texts that belong to the machine or the tools something was written with. They are put
// together here so that this file does not hold them itself.
var foreign = regexp.MustCompile(`(^|[^A-Za-z0-9_.])/(work|root)/[a-z]|/tmp/` + `brief|"resolved": ` + `"http|\b(issues|helper) ` + `show\b`)

// findForeign asks the slow expression only about files that hold one of its words.
func findForeign(b []byte) []byte {
	for _, word := range []string{"/work" + "/", "/root" + "/", "/tmp/" + "brief", "\"resolved", "issues " + "show", "helper " + "show"} {
		if bytes.Contains(b, []byte(word)) {
			return foreign.Find(b)
		}
	}
	return nil
}

// TestNothingForeignIsCommitted looks through every tracked text file.
func TestNothingForeignIsCommitted(t *testing.T) {
	hosts := registryHosts(t)
	for _, p := range tracked(t) {
		b, err := os.ReadFile(p)
		if err != nil || strings.HasPrefix(p, "web/dist/") || slices.Contains(b[:min(len(b), 8000)], 0) {
			continue // deleted and not yet committed, generated, or not text
		}
		if m := findForeign(b); m != nil {
			t.Errorf("%s holds %q", p, m)
		}
		for _, h := range hosts {
			if strings.Contains(string(b), h) {
				t.Errorf("%s names the package registry %s", p, h)
			}
		}
	}
}

// registryHosts are the hosts that this machine fetches packages from.
func registryHosts(t *testing.T) []string {
	var out []string
	for _, command := range [][]string{{"go", "env", "GOPROXY"}, {"npm", "config", "get", "registry"}} {
		b, err := exec.Command(command[0], command[1:]...).Output()
		if err != nil {
			continue // no npm: nothing of it can have been committed from here
		}
		for _, m := range regexp.MustCompile(`https?://([^/,|\s]+)`).FindAllStringSubmatch(string(b), -1) {
			out = append(out, m[1])
		}
	}
	return out
}

// goFile is one parsed file of this module.
type goFile struct {
	path, folder string
	test         bool
	imports      []string
	ast          *ast.File
}

func goFiles(t *testing.T) []goFile {
	t.Helper()
	files, err := parseAll()
	if err != nil {
		t.Fatal(err)
	}
	return files
}

var parseAll = sync.OnceValues(func() ([]goFile, error) {
	var out []goFile
	paths, err := listFiles()
	if err != nil {
		return nil, err
	}
	for _, p := range paths {
		if !strings.HasSuffix(p, ".go") || strings.Contains(p, "testdata/") || nested(p) {
			continue
		}
		tree, err := parser.ParseFile(token.NewFileSet(), p, nil, parser.ParseComments|parser.SkipObjectResolution)
		if os.IsNotExist(err) {
			continue
		}
		if err != nil {
			return nil, err
		}
		f := goFile{path: p, folder: path.Dir(p), test: strings.HasSuffix(p, "_test.go"), ast: tree}
		if f.folder == "." {
			f.folder = ""
		}
		for _, i := range tree.Imports {
			name, err := strconv.Unquote(i.Path.Value)
			if err != nil {
				return nil, err
			}
			f.imports = append(f.imports, name)
		}
		out = append(out, f)
	}
	return out, nil
})

// nested tells whether a file belongs to a module of its own below this one.
func nested(p string) bool {
	for dir := path.Dir(p); dir != "."; dir = path.Dir(dir) {
		if _, err := os.Stat(dir + "/go.mod"); err == nil {
			return true
		}
	}
	return false
}

// tracked lists the files that are, or would be, committed.
func tracked(t *testing.T) []string {
	t.Helper()
	paths, err := listFiles()
	if err != nil {
		t.Fatal(err)
	}
	return paths
}

var listFiles = sync.OnceValues(func() ([]string, error) {
	b, err := exec.Command("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard").Output()
	if err != nil {
		return nil, fmt.Errorf("git ls-files: %w", err)
	}
	return strings.Split(strings.TrimSuffix(string(b), "\x00"), "\x00"), nil
})
