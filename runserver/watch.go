package runserver

// File events, gathered into batches of names. What a name means is the
// tracker's business: an event only says where to look. Directories are watched,
// never files: an editor that saves by renaming replaces the file and its watch.

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"syscall"
	"time"

	"github.com/fsnotify/fsnotify"
)

const (
	coalesce  = 5 * time.Millisecond // one save is several events
	pollEvery = time.Second          // without events
)

// watcher sends batches of names until its context ends. A batch without names
// means that anything may have changed.
type watcher struct {
	batches chan []string
	notice  func(string) // told once when file events can't be had

	watch  func(dir string) error  // asks for the events of a directory; nil when there are none at all
	silent func(dir string) string // the file system of a directory, if it is one whose events never come
	events *fsnotify.Watcher
	lost   chan struct{} // closed when they can't be had any more
	once   sync.Once
}

func newWatcher(notice func(string)) *watcher {
	w := &watcher{batches: make(chan []string), notice: notice, silent: silentFileSystem, lost: make(chan struct{})}
	events, err := fsnotify.NewWatcher()
	if err != nil {
		w.giveUp(err)
		return w
	}
	w.events, w.watch = events, events.Add
	return w
}

// add begins to watch a directory. It may be called at any time.
func (w *watcher) add(dir string) {
	if w.watch == nil {
		return
	}
	select {
	case <-w.lost:
		return
	default:
	}
	if kind := w.silent(dir); kind != "" {
		w.giveUp(fmt.Errorf("%s is on %s", dir, kind))
	}
	err := w.watch(dir)
	if err != nil && isDir(dir) && !errors.Is(err, fsnotify.ErrClosed) {
		w.giveUp(err)
	}
}

// giveUp falls back to looking at the files themselves. The system's words for
// its limits are those for a full disk and for open files.
func (w *watcher) giveUp(err error) {
	switch {
	case errors.Is(err, syscall.ENOSPC):
		err = errors.New("the limit fs.inotify.max_user_watches is reached")
	case errors.Is(err, syscall.EMFILE):
		err = errors.New("the limit fs.inotify.max_user_instances, or that of open files, is reached")
	}
	w.once.Do(func() {
		w.notice(fmt.Sprintf("file events can't be had (%v): looking at the files once a second and at each request", err))
		close(w.lost)
	})
}

// run sends batches until ctx is done.
func (w *watcher) run(ctx context.Context) {
	var events chan fsnotify.Event
	var failures chan error
	if w.events != nil {
		defer func() { _ = w.events.Close() }()
		events, failures = w.events.Events, w.events.Errors
	}
	var names []string
	var due <-chan time.Time
	lost := w.lost
	for {
		var batches chan []string
		if due == nil && names != nil {
			batches = w.batches
		}
		select {
		case <-ctx.Done():
			return
		case event := <-events:
			if event.Op == fsnotify.Chmod {
				continue
			}
			if names == nil {
				due = time.After(coalesce)
			}
			names = append(names, event.Name)
		case err := <-failures:
			if errors.Is(err, fsnotify.ErrEventOverflow) {
				w.send(ctx, nil)
				continue
			}
			w.giveUp(err)
		case <-due:
			due = nil
		case batches <- names:
			names = nil
		case <-lost:
			lost = nil
			go w.poll(ctx)
		}
	}
}

// poll sends a batch without names every pollEvery.
func (w *watcher) poll(ctx context.Context) {
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			w.send(ctx, nil)
		}
	}
}

func (w *watcher) send(ctx context.Context, names []string) {
	select {
	case w.batches <- names:
	case <-ctx.Done():
	}
}
