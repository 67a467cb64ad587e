package generator

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func TestPatch(t *testing.T) {
	text := func(s string) *version { return &version{[]byte(s), 0o644} }
	const numbers = "1\n2\n3\n4\n5\n6\n7\n8\n9\n"
	tests := []struct {
		name string
		p    patch
		want string
	}{
		{"nothing", patch{"x", "x", text("a\n"), text("a\n")}, ""},
		{"a line, with three around it", patch{"x", "x", text(numbers), text(strings.Replace(numbers, "5", "five", 1))},
			"diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n"},
		{"two places, one hunk", patch{"x", "x", text(numbers), text("0\n" + strings.Replace(numbers, "7\n", "", 1))},
			"diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1,9 +1,9 @@\n+0\n 1\n 2\n 3\n 4\n 5\n 6\n-7\n 8\n 9\n"},
		{"no newline", patch{"x", "x", text("a"), text("a\n")},
			"diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+a\n"},
		{"new", patch{"x", "x", nil, &version{[]byte("a\n"), 0o755}},
			"diff --git a/x b/x\nnew file mode 100755\n--- /dev/null\n+++ b/x\n@@ -0,0 +1 @@\n+a\n"},
		{"deleted", patch{"x", "x", text("a\nb\n"), nil},
			"diff --git a/x b/x\ndeleted file mode 100644\n--- a/x\n+++ /dev/null\n@@ -1,2 +0,0 @@\n-a\n-b\n"},
		{"mode", patch{"x", "x", text("a\n"), &version{[]byte("a\n"), 0o755}}, "diff --git a/x b/x\nold mode 100644\nnew mode 100755\n"},
		{"renamed", patch{"y", "x", text("a\n"), text("a\n")}, "diff --git a/x b/y\nrename from x\nrename to y\n"},
		{"binary", patch{"x", "x", text("a\x00"), text("b\x00")}, "diff --git a/x b/x\nBinary files a/x and b/x differ\n"},
	}
	for _, test := range tests {
		if got := test.p.String(); got != test.want {
			t.Errorf("%s:\n%s\nwant\n%s", test.name, got, test.want)
		}
	}
}

// TestPatchIsApplied has git apply what we print.
func TestPatchIsApplied(t *testing.T) {
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("no git here")
	}
	random := rand.New(rand.NewPCG(9, 9))
	dir := t.TempDir()
	var patches strings.Builder
	want := map[string]string{}
	for i := range 100 {
		x := cutEnds(random, editedTriple(random, goLines(random), 8))
		p := patch{fmt.Sprintf("d/%d.txt", i), fmt.Sprintf("d/%d.txt", i), &version{x.base, 0o644}, &version{x.mine, 0o644}}
		switch i % 10 {
		case 0:
			p.was = nil
		case 1:
			p.now = nil
		case 2:
			p.now.mode = 0o755
		case 3:
			p.path += ".new"
		}
		if p.was != nil {
			lay(t, dir, p.from, string(p.was.data))
			want[p.from] = ""
		}
		if p.now != nil {
			want[p.path] = string(p.now.data)
		}
		patches.WriteString(p.String())
	}
	cmd := exec.CommandContext(t.Context(), "git", "apply", "-")
	cmd.Dir, cmd.Stdin = dir, strings.NewReader(patches.String())
	cmd.Env = append(os.Environ(), "GIT_CEILING_DIRECTORIES="+filepath.Dir(dir))
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("git apply: %v\n%s", err, out)
	}
	for name, text := range want {
		data, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(name)))
		if text == "" && !os.IsNotExist(err) && len(data) > 0 || text != "" && string(data) != text {
			t.Errorf("%s is %q (%v), want %q", name, data, err, text)
		}
	}
}
