package runserver

// What the program is built from, by content. A tracker knows every directory
// and every source file below its roots and answers one question: are they
// still what they were? It answers from stat alone where nothing changed
// (0.6 us a file), and from the content where something did, so that a touch,
// an identical save, or a change taken back build nothing.
//
// It does not ask the go command what belongs to the build: that takes longer
// than a build without changes, and a package that does not exist yet is not in
// its answer. What is embedded is read from the //go:embed lines themselves.

import (
	"crypto/sha256"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

// fingerprint stands for the content of all tracked files. Each part is the xor
// of a hash of every file in it, so that one file can be exchanged for another.
type fingerprint struct {
	source [sha256.Size]byte // what the compiler reads
	assets [sha256.Size]byte // what is embedded from templates/ and static/ of the project package
	env    [sha256.Size]byte // the environment file, and what else restarts the application
	again  int               // how often everything was asked for once more
}

// stamp is what changes when a file does. A directory has no size.
type stamp struct {
	id      uint64 // of the inode: a directory may be another one of the same name; 0 where it is not known
	size    int64
	time    time.Time
	mode    uint32 // as the system has it
	regular bool
}

type trackedFile struct {
	stamp  stamp
	readAt time.Time
	class  class
	sum    [sha256.Size]byte
	scan   goScan
}

// root is a module that the build reads, or the go.work file that joins them.
type root struct {
	path   string // absolute
	module string // its module path; "" for go.work
}

// emptyGrace is how long an emptied file gets to be written.
const emptyGrace = 200 * time.Millisecond

// fresh tells whether the file was read so soon after it was written that a
// second write may have left the same time: the clock of a file system ticks
// every few milliseconds.
func (f trackedFile) fresh() bool { return f.readAt.Sub(f.stamp.time) < 20*time.Millisecond }

type class int

const (
	untracked class = iota
	source
	asset
	env
	watched // restarts the application, though no build reads it
)

// tracker is safe for use by several goroutines.
type tracker struct {
	envFile string            // absolute
	disk    string            // of the package whose templates/ and static/ development reads from disk; "" without one
	watch   globs             // of --watch
	ignore  globs             // of --ignore
	added   func(dir string)  // called for each directory that begins to be tracked
	want    func(fingerprint) // told what the files come to, in the order in which it was found
	ignorer ignorer
	polls   bool // looks once a second while a root is away
	roots   []root

	mu       sync.Mutex
	dirs     map[string]stamp
	files    map[string]trackedFile
	patterns map[string][]string // of the packages that embed files, by directory
	imported map[string]bool     // directories of imported packages of the roots
	vital    []string            // directories where a new file can change the build; nil when not known
	print    fingerprint
	changed  map[string]bool // files whose content changed since takeChanged

	checked   time.Time // when the last check began
	checkTook time.Duration
	polling   bool // the next look is due
}

// scan reads everything below the roots and the environment file. It is called
// again when the roots may have changed.
func (t *tracker) scan(roots []root) fingerprint {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.files == nil {
		defer func() { clear(t.changed) }() // all files
		t.dirs, t.files = map[string]stamp{}, map[string]trackedFile{}
		t.patterns, t.changed, t.imported = map[string][]string{}, map[string]bool{}, map[string]bool{}
	}
	gone := t.roots
	t.roots, t.vital = roots, nil
	for _, root := range gone {
		if !slices.Contains(roots, root) {
			t.forget(root.path)
		}
	}
	for _, root := range roots {
		t.read(root.path)
	}
	t.read(t.envFile)
	t.tell()
	return t.print
}

// tell says what the files come to. A root that is away takes its watch with it: nothing tells when it is back.
func (t *tracker) tell() {
	away := false
	for _, root := range t.roots {
		_, isDir := t.dirs[root.path]
		if _, isFile := t.files[root.path]; !isDir && !isFile {
			_, ok := statStamp(root.path)
			away = away || !ok
			t.read(root.path)
		}
	}
	if away && t.polls && !t.polling && !t.ignorer.closed {
		t.polling = true
		time.AfterFunc(pollEvery, t.poll)
	}
	t.want(t.print)
}

// poll is a check that always looks.
func (t *tracker) poll() {
	t.mu.Lock()
	t.polling, t.checked = false, time.Time{}
	t.mu.Unlock()
	t.check()
}

// close ends what the tracker has started.
func (t *tracker) close() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.ignorer.close()
}

// newerThan tells whether a file was written after a moment.
func (t *tracker) newerThan(moment time.Time) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, file := range t.files {
		if file.stamp.time.After(moment) {
			return true
		}
	}
	return false
}

// update reads the named files and directories again; file events name them. A directory that was away for a moment
// has lost its watch.
func (t *tracker) update(names []string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, name := range names {
		if _, known := t.dirs[name]; known {
			t.added(name)
		}
		t.read(name)
	}
	t.tell()
}

// check looks at every tracked file, and at the directories where a new one would count. It closes the race between a
// save and its file event, and replaces the events where there are none. An answer stands for as long as finding it
// took, 2 ms at the most: requests come in bursts, and projects in all sizes.
func (t *tracker) check() {
	t.mu.Lock()
	defer t.mu.Unlock()
	start := time.Now()
	if t.files == nil || start.Sub(t.checked) < min(t.checkTook, 2*time.Millisecond) {
		return
	}
	if t.vital == nil {
		t.vital = t.findVital()
	}
	for _, dir := range t.vital { // reading one may make it nil
		if now, ok := statStamp(dir); !ok || now != t.dirs[dir] {
			t.read(dir)
		}
	}
	for name, was := range t.files {
		if now, ok := statStamp(name); !ok || now != was.stamp || was.fresh() {
			t.read(name)
		}
	}
	if _, ok := t.files[t.envFile]; !ok {
		t.readFile(t.envFile)
	}
	t.tell()
	t.checked, t.checkTook = start, time.Since(start)
}

// checkAll looks at every directory too, for when events were lost.
func (t *tracker) checkAll() {
	t.mu.Lock()
	for dir, was := range t.dirs {
		if now, ok := statStamp(dir); !ok || now != was {
			t.read(dir)
		}
	}
	t.mu.Unlock()
	t.check()
}

// findVital lists the directories that have a tracked file, or get one by a rule; others, of which there may be
// thousands, matter no sooner than a package that is built imports them.
func (t *tracker) findVital() []string {
	vital := map[string]bool{}
	for name := range t.files {
		vital[filepath.Dir(name)] = true
	}
	var dirs []string
	for dir := range t.dirs {
		isRoot := func(r root) bool { return r.path == dir }
		if vital[dir] || slices.ContainsFunc(t.roots, isRoot) || t.importedAt(dir) || t.embedded(dir) != untracked ||
			t.watch.leadsTo(t.relative(dir)) {
			dirs = append(dirs, dir)
		}
	}
	return dirs
}

// takeChanged returns the files that changed since it was last called, sorted.
func (t *tracker) takeChanged() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	names := slices.Sorted(maps.Keys(t.changed))
	clear(t.changed)
	return names
}

// contents are the files that a compiler reads, as they are known now.
func (t *tracker) contents() contents {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := contents{}
	for name, file := range t.files {
		if file.class == source || file.class == asset {
			now[name] = file.sum
		}
	}
	return now
}

// halfWritten tells whether a Go file has just been emptied: some editors empty a
// file before they write it, and what is seen in between is nobody's save.
func (t *tracker) halfWritten() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	for name, file := range t.files {
		if file.stamp.size == 0 && strings.HasSuffix(name, ".go") && time.Since(file.readAt) < emptyGrace {
			return true
		}
	}
	return false
}

// usesCgo tells whether a tracked file imports "C".
func (t *tracker) usesCgo() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, file := range t.files {
		if file.scan.cgo {
			return true
		}
	}
	return false
}

func sumOf(name string, text []byte) [sha256.Size]byte {
	hash := sha256.New()
	hash.Write([]byte(name))
	hash.Write([]byte{0})
	hash.Write(text)
	return [sha256.Size]byte(hash.Sum(nil))
}
