package ssefleet

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// RE2 patterns take linear time. No other code may apply patterns to foreign bytes, and each place is listed here.
func TestRegularExpressionsAreUsedInListedFilesOnly(t *testing.T) {
	listed := []string{"ssefleet/contents.go", "ssefleet/options.go"}
	var found []string
	root := ".."
	err := filepath.WalkDir(root, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(file.Imports, func(spec *ast.ImportSpec) bool { return spec.Path.Value == `"regexp"` }) {
			relative, err := filepath.Rel(root, path)
			found = append(found, filepath.ToSlash(relative))
			return err
		}
		return nil
	})
	if err != nil || !slices.Equal(found, listed) {
		t.Errorf("got regexp in %v (%v), want it in %v", found, err, listed)
	}
}

func TestContentsKeepsABoundedNumberOfBytes(t *testing.T) {
	sequence := &sequenceOptions{Pattern: `n(\d+)`, From: 0, Count: 10}
	if err := sequence.compile(); err != nil {
		t.Fatal(err)
	}
	c := newContents(options{Sequence: sequence})
	for i := range 100 {
		data := fmt.Sprintf("n%d %s", i%10, strings.Repeat("x", 1<<20))
		if got := c.of([]byte(data)).number; got != int64(i%10) {
			t.Fatalf("event %d: got number %d", i, got)
		}
		kept := 0
		for known := range c.known {
			kept += len(known)
		}
		if kept != c.bytes || kept > maxKnownBytes {
			t.Fatalf("event %d: got %d bytes kept and %d counted, want at most %d", i, kept, c.bytes, maxKnownBytes)
		}
	}
}

func TestFaultsAndNamesKeepBoundedTexts(t *testing.T) {
	var f faults
	f.add(1, "got %q", strings.Repeat("ü\x1b", 1<<20))
	texts, _ := f.read()
	if len(texts[0]) > maxFaultLength+len("…") || !utf8.ValidString(texts[0]) {
		t.Errorf("got a fault of %d bytes, want at most %d, in UTF-8", len(texts[0]), maxFaultLength)
	}
	var n names
	n.add(strings.Repeat("ü", 1<<20))
	for name := range n.read() {
		if len(name) > maxNameLength+len("…") || !utf8.ValidString(name) {
			t.Errorf("got a name of %d bytes, want at most %d, in UTF-8", len(name), maxNameLength)
		}
	}
}
