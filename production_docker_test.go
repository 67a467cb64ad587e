//go:build linux

// The add-on docker: its page followed to the letter, its Dockerfile built as it is. buildah and podman stand in for Docker,
// whose daemon few test machines have, and two images for those of registries: a golang that has this machine's /usr, and
// a directory tree like distroless'.
package main

import (
	"archive/tar"
	"bytes"
	"debug/buildinfo"
	"errors"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// asDocker makes the docker command of a page from podman and buildah. Containers have a network of their own and no way
// out of it, so curl is sent there.
const asDocker = `
storage="--root $STORAGE/root --runroot $STORAGE/run --storage-driver vfs"
podman() { command podman $storage --cgroup-manager cgroupfs --events-backend none --runtime runc "$@"; }
docker() {
	case $1 in
	build) shift; buildah $storage bud --format docker --isolation chroot --pull-never --network host --volume /usr:/usr:ro --volume $MODULES:/modules:ro $CACHE "$@" ;;
	run) shift; podman run --network none --log-driver k8s-file --ulimit nofile=1024:1024 --ulimit nproc=1000:1000 "$@" ;;
	*) podman "$@" ;;
	esac
}
curl() { nsenter --net --target "$(podman inspect --format '{{.State.Pid}}' mysite)" curl "$@"; }
`

// A dockerProject is a project in a repository, and a place for its images and containers.
type dockerProject struct{ *hostedProject }

func newDockerProject(t *testing.T, addons ...string) *dockerProject {
	t.Helper()
	if testing.Short() {
		t.Skip("builds images")
	}
	needCommands(t, "buildah", "podman", "runc", "nsenter", "curl", "openssl", "git")
	if os.Geteuid() != 0 {
		t.Skip("only root can build images here")
	}
	t.Parallel()
	p := &dockerProject{newHostedProject(t, addons...)}
	cache := ""
	if os.Getenv("GOSTART_LONG") == "" { // or else all of the standard library would be compiled
		cache = "--volume " + strings.TrimSpace(p.command(t, "go", "env", "GOCACHE")) + ":/gocache"
	}
	p.env = append(p.env, "STORAGE="+p.run, "CACHE="+cache, "MODULES="+strings.TrimSpace(p.command(t, "go", "env", "GOMODCACHE"))+"/cache/download", "DISABLE_HC_SYSTEMD=true", "TMPDIR="+t.TempDir())
	t.Cleanup(func() {
		cmd := exec.Command("bash", "-c", asDocker+"podman rm --all --force --time 0; podman rmi --all --force; rm -rf --one-file-system $STORAGE/root $STORAGE/run")
		cmd.Env = p.env
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("removing containers: %v\n%s", err, out)
		}
	})
	p.standIns(t)
	p.sh(t, "git init --quiet && git add . && git -c user.name=t -c user.email=t@example.com commit --quiet --message=All")
	return p
}

// sh runs a script in the project's directory, and gives what it printed. That goes to a file: a container that it
// leaves behind would hold a pipe open.
func (p *dockerProject) sh(t *testing.T, script string) string {
	t.Helper()
	log, err := os.Create(filepath.Join(t.TempDir(), "log"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = log.Close() }()
	cmd := exec.CommandContext(t.Context(), "bash", "-euo", "pipefail", "-c", asDocker+script)
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = p.dir, p.env, log, log
	failed := cmd.Run()
	out, err := os.ReadFile(log.Name())
	if failed != nil || err != nil {
		t.Fatalf("%v, %v:\n%s\n%s", failed, err, script, out)
	}
	return string(out)
}

// standIns makes the two images that the Dockerfile is built from, under their names.
func (p *dockerProject) standIns(t *testing.T) {
	t.Helper()
	stages := regexp.MustCompile(`(?m)^(?:FROM .*?(\S+:\S+)|ARG GO_VERSION=(.+))`).FindAllStringSubmatch(p.read(t, "Dockerfile"), -1)
	if len(stages) != 3 || stages[1][1] != "golang:$GO_VERSION" {
		t.Fatalf("the Dockerfile's images are %q", stages)
	}
	changes := ""
	if os.Getenv("GOSTART_LONG") == "" {
		changes = " --change ENV=GOCACHE=/gocache"
	}
	golang := archive(t, map[string]string{
		"bin": "-> usr/bin", "lib": "-> usr/lib", "lib64": "-> usr/lib64", "usr": "/", "etc/passwd": "root:x:0:0:root:/root:/bin/sh\n",
		"go": "/", "root": "/", "tmp": "/", "gocache": "/", "modules": "/",
	})
	distroless := archive(t, map[string]string{
		"etc/passwd":                        "root:x:0:0:root:/root:/sbin/nologin\nnonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin\n",
		"etc/ssl/certs/ca-certificates.crt": "", "home/nonroot": "/", "tmp": "/",
	})
	for _, image := range []struct{ name, file, changes string }{
		{"docker.io/library/golang:" + stages[0][2], golang, "--change ENV=PATH=/usr/local/go/bin:/usr/bin:/bin --change ENV=GOTOOLCHAIN=local --change ENV=GOPROXY=file:///modules --change WORKDIR=/go" + changes},
		{stages[2][1], distroless, "--change USER=65532 --change ENV=SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt"},
	} {
		p.sh(t, "podman import --quiet "+image.changes+" "+image.file+" "+image.name)
	}
}

// archive is a tar file of what the map says: a file's content, "/" for a directory, "-> " and where a link leads.
func archive(t *testing.T, files map[string]string) (name string) {
	t.Helper()
	var content bytes.Buffer
	w := tar.NewWriter(&content)
	for _, path := range slices.Sorted(maps.Keys(files)) {
		header := tar.Header{Name: path, Mode: 0o755, Typeflag: tar.TypeReg, Size: int64(len(files[path]))}
		if target, ok := strings.CutPrefix(files[path], "-> "); ok {
			header.Typeflag, header.Linkname, header.Size = tar.TypeSymlink, target, 0
		} else if files[path] == "/" {
			header.Typeflag, header.Mode, header.Size = tar.TypeDir, 0o1777, 0
		}
		err := w.WriteHeader(&header)
		if err == nil && header.Size > 0 {
			_, err = io.WriteString(w, files[path])
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	name = filepath.Join(t.TempDir(), "image.tar")
	if err := errors.Join(w.Close(), os.WriteFile(name, content.Bytes(), 0o600)); err != nil {
		t.Fatal(err)
	}
	return name
}

// follow runs the commands of a page from one paragraph to another, both named by how a command of them begins, and gives what they printed.
func (p *dockerProject) follow(t *testing.T, page, from, to string) string {
	t.Helper()
	paragraphs := regexp.MustCompile(`(?m)(^    .*\n)+`).FindAllString(p.read(t, page), -1)
	first := slices.IndexFunc(paragraphs, func(s string) bool { return strings.Contains(s, "    "+from) })
	last := slices.IndexFunc(paragraphs, func(s string) bool { return strings.Contains(s, "    "+to) })
	if first < 0 || last < first {
		t.Fatalf("%s has no %q before %q", page, from, to)
	}
	return p.sh(t, "set -x\n"+strings.Join(paragraphs[first:last+1], ""))
}

func TestProductionDocker(t *testing.T) {
	p := newDockerProject(t, "docker")
	p.sh(t, "test ! -e go.sum") // a project without requirements
	const page = "deploy/docker.md"
	head := strings.TrimSpace(p.sh(t, "git rev-parse HEAD"))
	out := p.follow(t, page, "docker build", "docker inspect")
	for _, label := range []string{`image.title":"mysite"`, `image.version":"1.0.0"`, `image.revision":"` + head + `"`} {
		if !strings.Contains(out, label) {
			t.Errorf("the image has no label %s:\n%s", label, out)
		}
	}

	out = p.follow(t, page, "printf", "curl")
	if !strings.Contains(out, "the application is built, with mysite.settings.production") || !strings.Contains(out, "\nok\n") || !strings.Contains(out, `"serving"`) {
		t.Error(out)
	}
	if status := p.sh(t, "git status --porcelain"); status != "" {
		t.Errorf("git would take in\n%s", status)
	}
	p.checkConfined(t)
	p.checkContent(t)
	p.sh(t, `podman healthcheck run mysite
		! docker exec mysite /app/mysite healthcheck --bind :1`)

	out = p.follow(t, page, "docker stop", "docker rm")
	if !strings.Contains(out, "\n0\n") {
		t.Errorf("on SIGTERM the exit status is not 0:\n%s", out)
	}

	if out = p.follow(t, page, "mkdir", "go version"); !strings.Contains(out, "\tpath\tmysite\n") {
		t.Errorf("the program does not know what it is made of:\n%s", out)
	}

	// With requirements, the modules are downloaded (here from this machine's), and their checksums compared.
	version, err := exec.CommandContext(t.Context(), "go", "list", "-m", "-f", "{{.Version}}", "golang.org/x/mod").Output()
	if err != nil {
		t.Fatal(err)
	}
	p.put(t, filepath.Join(p.dir, "mysite", "required.go"), "package mysite\n\nimport _ \"golang.org/x/mod/semver\"\n")
	p.command(t, "go", "get", "golang.org/x/mod@"+strings.TrimSpace(string(version)))
	p.sh(t, "docker build --quiet .")
	p.edit(t, "go.sum", " h1:", " h1:A")
	if out := p.sh(t, "docker build . 2>&1 || true"); !strings.Contains(out, "checksum mismatch") && !strings.Contains(out, "malformed go.sum") && !strings.Contains(out, "SECURITY ERROR") {
		t.Errorf("building with another checksum in go.sum:\n%s", out)
	}

	// go.mod asks for a Go that the image does not have: the go command goes for it.
	p.edit(t, "go.mod", "\ngo 1.", "\ngo 1.9")
	if out := p.sh(t, "docker build . 2>&1 || true"); !strings.Contains(out, "go: download go1.9") {
		t.Errorf("building for the Go that go.mod asks for:\n%s", out)
	}
}

// checkConfined looks at the process itself, not at what was asked for.
func (p *dockerProject) checkConfined(t *testing.T) {
	t.Helper()
	status := p.sh(t, `cat /proc/$(podman inspect --format '{{.State.Pid}}' mysite)/status`)
	for _, line := range []string{"Uid:\t65532\t", "Gid:\t65532\t", "CapEff:\t0000000000000000\n", "CapBnd:\t0000000000000000\n", "NoNewPrivs:\t1\n", "Seccomp:\t2\n"} {
		if !strings.Contains(status, "\n"+line) {
			t.Errorf("its status has no %q:\n%s", line, status)
		}
	}
	mounts := p.sh(t, `cat /proc/$(podman inspect --format '{{.State.Pid}}' mysite)/mountinfo`)
	if !regexp.MustCompile(`(?m)^\d+ \d+ \S+ \S+ / ro,`).MatchString(mounts) {
		t.Errorf("its root is not read-only:\n%s", mounts)
	}
}

// checkContent compares the image with the one that it is made from, and looks at what the first stage had.
func (p *dockerProject) checkContent(t *testing.T) {
	t.Helper()
	dir := strings.TrimSpace(p.sh(t, "podman image mount localhost/mysite:1.0.0"))
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	if !slices.Equal(names, []string{"app", "etc", "home", "tmp"}) { // nothing that the project is called by: it may be called "home"
		t.Errorf("the image holds %q", names)
	}
	program, err := buildinfo.ReadFile(filepath.Join(dir, "app", "mysite"))
	if err != nil {
		t.Fatal(err)
	}
	for _, setting := range []string{"-trimpath=true", "CGO_ENABLED=0"} {
		if !strings.Contains(program.String(), "\t"+setting+"\n") {
			t.Errorf("it was not built with %s:\n%s", setting, program)
		}
	}

	p.sh(t, "docker build --quiet --target build --tag stage .")
	source := strings.TrimSpace(p.sh(t, "podman image mount localhost/stage")) + "/src"
	for name, want := range map[string]bool{
		"go.mod": true, "main.go": true, "mysite/templates/index.html": true,
		".env": false, "production.env": false, ".git": false, "deploy": false, "healthcheck_test.go": false, "mysite/mysite_test.go": false, "bin": false,
	} {
		if _, err := os.Lstat(filepath.Join(source, name)); (err == nil) != want {
			t.Errorf("%s in the builder's context: %v, want %v", name, err == nil, want)
		}
	}
}
