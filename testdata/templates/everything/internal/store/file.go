package store

import (
	"encoding/json"
	"os"
)

// New is the count that a file has.
func New(name string) *Store {
	s := &Store{name: name}
	if data, err := os.ReadFile(name); err == nil {
		_ = json.Unmarshal(data, &s.count)
	}
	return s
}

// Next is the next number, which the file has from then on.
func (s *Store) Next() int {
	s.count++
	if data, err := json.Marshal(s.count); err == nil {
		_ = os.WriteFile(s.name, data, 0o600)
	}
	return s.count
}
