package testkit

import (
	"bytes"
	"os"
	"path/filepath"
)

// UpdateEnv is the environment variable that makes Golden rewrite its files; `make golden` sets it.
// It is not a flag, since a flag must be registered once per test binary and packages would collide.
const UpdateEnv = "BURNCLOUD_GOLDEN"

// Golden fails the test unless got equals the file at path, byte for byte. With UpdateEnv set to
// "update" it writes the file instead; the diff is then reviewed by whoever commits it.
func Golden(t TB, path string, got []byte) {
	t.Helper()
	if os.Getenv(UpdateEnv) == "update" {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatalf("golden: %v", err)
		}
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatalf("golden: %v", err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("golden: %v (make golden writes it)", err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs at byte %d (make golden rewrites it)\n--- want\n%s\n--- got\n%s",
			path, firstDifference(want, got), want, got)
	}
}

// firstDifference is the offset of the first byte in which a and b differ.
func firstDifference(a, b []byte) int {
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return i
		}
	}
	return min(len(a), len(b))
}
