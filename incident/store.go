package incident

import (
	"bufio"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Bounds say how much is kept. The zero Bounds are the usual ones.
type Bounds struct {
	Off  bool          // nothing is recorded
	Size int64         // bytes over all records; 0: usualSize
	Age  time.Duration // of the oldest; 0: usualAge
}

// The usual bounds, and the least size: one record must fit.
const (
	usualSize = 64 << 20
	usualAge  = 30 * 24 * time.Hour
	LeastSize = 2 << 20
)

// Filled are the bounds with the usual ones where none was said.
func (b Bounds) Filled() Bounds {
	b.Size, b.Age = cmp.Or(b.Size, usualSize), cmp.Or(b.Age, usualAge)
	return b
}

const (
	// largest bounds a record's file. Its parts are bounded one by one, far below.
	largest = LeastSize
	// checkEvery is how often the whole folder is looked through for what is to
	// go, unless it is full.
	checkEvery = 10 * time.Second
	// ofOneWorker is how many records of one worker of a job are kept: the first,
	// and the last ones. What crashes every few minutes must not push out the rest.
	ofOneWorker = 10
	// strayAfter is how old a file under way is when its writer has died.
	strayAfter = time.Hour
	underWay   = ".writing-"
	suffix     = ".json"
)

// Store is the folder of the records, which several paddocks may share. Its
// zero folder keeps nothing. It is safe for concurrent use.
type Store struct {
	dir    string
	bounds Bounds
	now    func() time.Time

	mu      sync.Mutex
	size    int64 // of all records, when they were counted, and what was written since
	checked time.Time
}

// Open prepares the folder below a state directory without touching the disk.
func Open(state string, b Bounds) *Store {
	s := &Store{bounds: b.Filled(), now: time.Now}
	if state != "" {
		s.dir = path.Join(state, "incidents")
	}
	return s
}

// Dir is the folder.
func (s *Store) Dir() string { return s.dir }

// errNowhere is the error of a store without a folder.
var errNowhere = errors.New("there is no state directory to keep records in: set XDG_STATE_HOME")

// root opens the folder; nothing that is named inside can lead out of it.
func (s *Store) root(create bool) (*os.Root, error) {
	if s.dir == "" {
		return nil, errNowhere
	}
	if create {
		if err := os.MkdirAll(s.dir, 0o700); err != nil {
			return nil, err
		}
	}
	return os.OpenRoot(s.dir)
}

// Keep writes a record, whole or not at all, in the place of the oldest ones if
// there is no more room. Of an end that is recorded already, by another
// paddock, the first record stays. It returns the record's name in the folder.
func (s *Store) Keep(r Record) (string, error) {
	name := recordName(r.Head)
	return name, s.write(name, r, false)
}

// Amend changes a record that is kept.
func (s *Store) Amend(name string, change func(*Record)) error {
	r, err := s.Read(name)
	if err != nil {
		return err
	}
	change(&r)
	return s.write(name, r, true)
}

func (s *Store) write(name string, r Record, replace bool) error {
	data, err := marshal(r)
	if err != nil {
		return err
	}
	if len(data) > largest {
		return fmt.Errorf("the record of %s is too large to be kept: %d bytes", r.Head.Worker, len(data))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	root, err := s.root(true)
	if err != nil {
		return fmt.Errorf("records can't be kept: %w", err)
	}
	defer root.Close()
	if _, err := root.Lstat(name); err == nil && !replace {
		return nil
	}
	if !replace {
		if err := s.thin(root, name); err != nil {
			return fmt.Errorf("older records can't be removed: %w", err)
		}
	}
	if now := s.now(); now.Sub(s.checked) >= checkEvery || s.size+int64(len(data)) > s.bounds.Size {
		if err := s.makeRoom(root, int64(len(data)), name); err != nil {
			return fmt.Errorf("older records can't be removed: %w", err)
		}
	}
	if err := writeWhole(root, name, data); err != nil {
		return fmt.Errorf("a record can't be written: %w", err)
	}
	s.size += int64(len(data))
	return nil
}

// writes numbers the files under way.
var writes atomic.Int64

// writeWhole writes a file beside its place, and then puts it there.
func writeWhole(root *os.Root, name string, data []byte) error {
	dir := path.Dir(name)
	temp := path.Join(dir, fmt.Sprintf("%s%d-%d", underWay, os.Getpid(), writes.Add(1)))
	var f *os.File
	var err error
	for range 2 { // another paddock may remove a folder that it emptied
		if err = root.MkdirAll(dir, 0o700); err != nil {
			return err
		}
		if f, err = root.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600); !errors.Is(err, fs.ErrNotExist) {
			break
		}
	}
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err = errors.Join(err, f.Close()); err == nil {
		err = root.Rename(temp, name)
	}
	if err != nil {
		_ = root.Remove(temp) // it says nothing that err does not
	}
	return err
}

// kept is a record's file.
type kept struct {
	name string
	size int64
	at   time.Time // when it was written
}

// files lists the records' files, oldest first, and removes what writers that
// died left behind.
func files(root *os.Root, now time.Time) ([]kept, error) {
	var out []kept
	err := fs.WalkDir(root.FS(), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return skipGone(err)
		}
		info, err := d.Info()
		if err != nil {
			return skipGone(err)
		}
		switch base := path.Base(name); {
		case strings.HasPrefix(base, underWay):
			if now.Sub(info.ModTime()) > strayAfter {
				return skipGone(root.Remove(name))
			}
		case strings.HasSuffix(base, suffix):
			out = append(out, kept{name, info.Size(), info.ModTime()})
		}
		return nil
	})
	slices.SortFunc(out, func(a, b kept) int { return cmp.Or(a.at.Compare(b.at), cmp.Compare(a.name, b.name)) })
	return out, err
}

// skipGone passes over what another paddock removed meanwhile.
func skipGone(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// makeRoom removes what is too old, and the oldest records until so many bytes
// fit in; never the one that is being replaced. The caller holds the lock.
func (s *Store) makeRoom(root *os.Root, bytes int64, spared string) error {
	now := s.now()
	list, err := files(root, now)
	if err != nil {
		return err
	}
	s.size, s.checked = 0, now
	for _, k := range list {
		s.size += k.size
	}
	for _, k := range list {
		old := now.Sub(k.at) > s.bounds.Age
		if k.name == spared || !old && s.size+bytes <= s.bounds.Size {
			continue
		}
		if err := skipGone(root.Remove(k.name)); err != nil {
			return err
		}
		s.size -= k.size
		for dir := path.Dir(k.name); dir != "." && root.Remove(dir) == nil; { // those that are empty now
			dir = path.Dir(dir)
		}
	}
	return nil
}

// thin removes records of the same worker of the same job, so that there is
// room for one more. The caller holds the lock.
func (s *Store) thin(root *os.Root, name string) error {
	list, err := fs.ReadDir(root.FS(), path.Dir(name)) // by name: by time
	if err != nil {
		return skipGone(err)
	}
	worker := workerIn(path.Base(name))
	list = slices.DeleteFunc(list, func(d fs.DirEntry) bool { return !strings.HasSuffix(d.Name(), suffix) || workerIn(d.Name()) != worker })
	for ; len(list) >= ofOneWorker; list = slices.Delete(list, 1, 2) {
		if info, err := list[1].Info(); err == nil {
			s.size -= info.Size()
		}
		if err := skipGone(root.Remove(path.Join(path.Dir(name), list[1].Name()))); err != nil {
			return err
		}
	}
	return nil
}

// Prune removes what is beyond the bounds.
func (s *Store) Prune() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	root, err := s.root(false)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, errNowhere) {
		return nil // nothing was ever kept
	}
	if err != nil {
		return err
	}
	defer root.Close()
	return s.makeRoom(root, 0, "")
}

// Entry is a record in a list.
type Entry struct {
	Head
	Name string // in the folder
	Size int64  // bytes
}

// List lists what is kept, newest first. What can't be read is counted.
func (s *Store) List() (list []Entry, unreadable int, err error) {
	root, err := s.root(false)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, errNowhere) {
		return nil, 0, nil
	}
	if err != nil {
		return nil, 0, fmt.Errorf("the records can't be read: %w", err)
	}
	defer root.Close()
	found, err := files(root, s.now())
	if err != nil {
		return nil, 0, fmt.Errorf("the records can't be read: %w", err)
	}
	for _, k := range found {
		head, err := readHead(root, k.name)
		switch {
		case errors.Is(err, fs.ErrNotExist):
		case err != nil:
			unreadable++
		default:
			list = append(list, Entry{head, k.name, k.size})
		}
	}
	slices.SortStableFunc(list, func(a, b Entry) int { return cmp.Or(b.At().Compare(a.At()), cmp.Compare(a.Name, b.Name)) })
	return list, unreadable, nil
}

// readHead reads the beginning of a record.
func readHead(root *os.Root, name string) (Head, error) {
	f, err := root.Open(name)
	if err != nil {
		return Head{}, err
	}
	defer f.Close()
	in := json.NewDecoder(bufio.NewReader(io.LimitReader(f, largest)))
	for _, want := range []json.Token{json.Delim('{'), "head"} {
		if got, err := in.Token(); err != nil || got != want {
			return Head{}, fmt.Errorf("%s is no record", name)
		}
	}
	var h Head
	if err := in.Decode(&h); err != nil {
		return Head{}, fmt.Errorf("%s is no record: %w", name, err)
	}
	return h, nil
}

// Read reads one record.
func (s *Store) Read(name string) (Record, error) {
	root, err := s.root(false)
	if err != nil {
		return Record{}, fmt.Errorf("the record can't be read: %w", err)
	}
	defer root.Close()
	f, err := root.Open(name)
	if err != nil {
		return Record{}, fmt.Errorf("the record can't be read: %w", err)
	}
	defer f.Close()
	var r Record
	if err := json.NewDecoder(io.LimitReader(f, largest)).Decode(&r); err != nil {
		return Record{}, fmt.Errorf("%s is no record: %w", name, err)
	}
	return r, nil
}

// Ready tells whether a record could be written now.
func (s *Store) Ready() error {
	root, err := s.root(true)
	if err != nil {
		return err
	}
	defer root.Close()
	name := fmt.Sprintf("%s%d-%d", underWay, os.Getpid(), writes.Add(1))
	if err := root.WriteFile(name, []byte("?"), 0o600); err != nil {
		return err
	}
	return root.Remove(name)
}
