// A template in a git repository, through the user's git, which has the keys and knows the proxies.
//
// One commit is fetched without its history into an empty repository, and its files are read from there.
// Nothing is checked out, so no hook, filter, attribute or submodule of the repository has a part in it, and the
// files are the bytes that were committed. Address and ref stand after "--" and were looked at by parseSource;
// GIT_ALLOW_PROTOCOL refuses helpers that run commands (ext::), where the user's own settings lead to one too.
package generator

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

var (
	wholeCommit = regexp.MustCompile(`^[0-9a-f]{40}$`)
	partCommit  = regexp.MustCompile(`^[0-9a-f]{7,40}$`)

	// wantsPassword tells what git and ssh say where they would ask, if they might.
	wantsPassword = regexp.MustCompile(`terminal prompts disabled|could not read (Username|Password)|Permission denied|Host key verification failed`)

	errNoRef       = errors.New("no such ref")
	errNoDirectory = errors.New("no such directory")
)

// fetchedRef is where the commit is in our own repository.
const fetchedRef = "refs/gostart/template"

// git is a repository of our own that a commit is fetched into.
type git struct {
	address
	from       string // what is fetched from, as git takes it
	repository string // our own, a directory
	env        []string
	asks       bool // git may ask for a password
	options    sourceOptions
}

// openGit opens a commit: from the cache when it cannot be another one.
func openGit(ctx context.Context, a address, o sourceOptions) (*source, error) {
	key := a.withoutVersion()
	if !a.disk && (o.offline || wholeCommit.MatchString(a.ref)) {
		src, err := recallGit(ctx, a)
		switch {
		case err == nil:
			return src, nil
		case ctx.Err() != nil:
			return nil, errInterrupted
		case o.offline:
			return nil, notCached(a, err)
		}
	}
	g, err := newGit(ctx, a, o)
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(g.repository)
	t, commit, err := g.read(ctx)
	switch {
	case ctx.Err() != nil:
		return nil, errInterrupted
	case errors.Is(err, exec.ErrNotFound):
		return nil, refuse(exitFailed, "install git, or name an archive of the repository", "template %q needs git, which is not on PATH", a)
	case errors.Is(err, errNoRef):
		return nil, refuse(exitUsage, g.nearestRef(ctx), "template %q: the repository has no branch, tag or commit %q", key, cmp.Or(a.ref, "HEAD"))
	case errors.Is(err, errNoDirectory):
		return nil, refuse(exitUsage, "", "template %q: the repository has no directory %q", a, a.dir)
	case err != nil:
		return nil, refuse(exitFailed, "", "fetching template %q: %v", a, err)
	}
	src, err := a.source(t.root, commit)
	if err != nil {
		return nil, err
	}
	if a.disk {
		src.path = g.from
		return src, nil
	}
	packed, err := t.pack()
	if err == nil {
		err = remember(key, commit, packed, a.ref, commit)
	}
	if err != nil {
		src.warnings = append(src.warnings, fmt.Sprintf("the template is not in the cache: %v", err))
	}
	return src, nil
}

// newGit makes the directory of a repository of our own.
func newGit(ctx context.Context, a address, o sourceOptions) (*git, error) {
	g := &git{address: a, from: a.base, options: o}
	var err error
	if a.url != nil {
		g.from = a.url.String()
	} else if a.disk {
		g.from, err = o.absolute(a.base)
	}
	if err == nil {
		g.repository, err = os.MkdirTemp("", "gostart-git-*")
	}
	if err != nil {
		return nil, fmt.Errorf("fetching template %q: %w", a, err)
	}
	g.env = g.environment(ctx)
	return g, nil
}

// recallGit opens what was fetched before.
func recallGit(ctx context.Context, a address) (*source, error) {
	last, err := recall(a.withoutVersion(), a.ref)
	if err != nil {
		return nil, err
	}
	packed, err := recallContent(last.Content)
	if err != nil {
		return nil, err
	}
	t, err := readArchive(ctx, packed)
	if err != nil {
		return nil, err
	}
	return a.source(t.root, last.Revision)
}

// read fetches, and reads the files.
func (g *git) read(ctx context.Context) (*sourceTree, string, error) {
	if _, err := g.output(ctx, "init", "--quiet", "--bare", "--template="); err != nil {
		return nil, "", err
	}
	var commit string
	err := g.mayAsk(ctx, func() (err error) {
		commit, err = g.fetchCommit(ctx)
		return err
	})
	if err != nil {
		return nil, "", err
	}
	listed, err := g.output(ctx, "ls-tree", "-r", "-z", commit+":"+g.dir)
	if err != nil && g.dir != "" {
		err = errNoDirectory
	}
	if err != nil {
		return nil, "", err
	}
	t := newTree("repository", maxBytes)
	var ids strings.Builder
	var files []node
	for line := range strings.FieldsFuncSeq(string(listed), func(r rune) bool { return r == 0 }) {
		facts, name, _ := strings.Cut(line, "\t")
		fields := strings.Fields(facts) // mode, type, object
		if len(fields) != 3 {
			return nil, "", fmt.Errorf("git ls-tree says %q", line)
		}
		switch fields[0] {
		case "120000":
			err = t.add(name, fs.ModeSymlink, nil)
		case "160000":
			err = fmt.Errorf("%q is a submodule, which is a repository of its own", name)
		default:
			mode, _ := strconv.ParseUint(fields[0], 8, 32)
			files = append(files, node{name: name, mode: fs.FileMode(mode).Perm()})
			ids.WriteString(fields[2] + "\n")
		}
		if err != nil {
			return nil, "", err
		}
	}
	return t, commit, g.readFiles(ctx, t, files, ids.String())
}

// fetchCommit fetches what the ref stands for. A server may refuse a commit by its hash, and none knows a part of
// a hash: then all branches and tags are fetched, and it is looked for in them.
func (g *git) fetchCommit(ctx context.Context) (string, error) {
	err := g.fetch(ctx, "--depth=1", "--no-tags", "--", g.from, "+"+cmp.Or(g.ref, "HEAD")+":"+fetchedRef)
	name := fetchedRef
	if err != nil && partCommit.MatchString(g.ref) && ctx.Err() == nil {
		err = g.fetch(ctx, "--no-tags", "--", g.from, "+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*")
		name = g.ref
	}
	if err != nil && strings.Contains(err.Error(), "couldn't find remote ref") {
		return "", errNoRef
	} else if err != nil {
		return "", err
	}
	commit, err := g.output(ctx, "rev-parse", "--verify", "--quiet", name+"^{commit}")
	if err != nil {
		return "", errNoRef
	}
	return strings.TrimSpace(string(commit)), nil
}

// readFiles adds files to t, whose objects ids lists.
func (g *git) readFiles(ctx context.Context, t *sourceTree, files []node, ids string) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	cmd := g.command(ctx, "cat-file", "--batch")
	cmd.Stdin = strings.NewReader(ids)
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		return err
	}
	defer cmd.Wait() //nolint:errcheck // what was read is what counts
	defer cancel()
	objects := bufio.NewReader(out)
	for _, file := range files {
		header, err := objects.ReadString('\n') // object, type, size
		if err != nil {
			return fmt.Errorf("reading %q: %w", file.name, err)
		}
		size, err := strconv.ParseInt(header[strings.LastIndex(header, " ")+1:len(header)-1], 10, 64)
		if err != nil {
			return fmt.Errorf("git cat-file says %q", header)
		}
		if err := t.add(file.name, file.mode, io.LimitReader(objects, size)); err != nil {
			return err
		}
		if _, err := objects.Discard(1); err != nil { // a newline
			return fmt.Errorf("reading %q: %w", file.name, err)
		}
	}
	return nil
}

// nearestRef is the hint for a ref that is not there.
func (g *git) nearestRef(ctx context.Context) string {
	listed, err := g.output(ctx, "ls-remote", "--heads", "--tags", "--", g.from)
	if err != nil || g.ref == "" {
		return ""
	}
	var known []string
	for line := range strings.Lines(string(listed)) {
		_, name, _ := strings.Cut(strings.TrimSpace(line), "\trefs/")
		_, name, _ = strings.Cut(name, "/")
		known = append(known, strings.TrimSuffix(name, "^{}"))
	}
	if near := Nearest(g.ref, known); near != "" {
		return fmt.Sprintf("did you mean %q?", near)
	}
	slices.Sort(known)
	known = slices.Compact(known)
	return "it has " + strings.Join(known[:min(len(known), 10)], ", ")
}
