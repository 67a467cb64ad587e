// Which files of a template are others under a new name.
package generator

import (
	"bytes"
	"cmp"
	"maps"
	"path"
	"slices"
	"strings"
)

const (
	minSimilar    = 0.5    // git's -M50%
	maxComparable = 10_000 // pairs; beyond, only files whose content is the same are found
)

// findRenames pairs files that only base has with files that only theirs has, by their content. A pair of the
// same base name comes before others that are as similar.
func findRenames(base, theirs map[string]file) map[string]string {
	gone, come := onlyIn(base, theirs), onlyIn(theirs, base)
	type pair struct {
		from, to string
		similar  float64
	}
	var pairs []pair
	for _, from := range gone {
		for _, to := range come {
			similar := 1.0
			if a, b := base[from].data, theirs[to].data; !bytes.Equal(a, b) {
				if len(gone)*len(come) > maxComparable {
					continue
				}
				similar = similarity(a, b)
			}
			if similar >= minSimilar {
				pairs = append(pairs, pair{from, to, similar})
			}
		}
	}
	sameName := func(p pair) int {
		if path.Base(p.from) == path.Base(p.to) {
			return 0
		}
		return 1
	}
	slices.SortStableFunc(pairs, func(a, b pair) int {
		return cmp.Or(cmp.Compare(b.similar, a.similar), cmp.Compare(sameName(a), sameName(b)))
	})
	renames, taken := map[string]string{}, map[string]bool{}
	for _, p := range pairs {
		if _, ok := renames[p.from]; !ok && !taken[p.to] {
			renames[p.from], taken[p.to] = p.to, true
		}
	}
	return renames
}

// onlyIn are the files of a that b has not and whose content can tell them from others, sorted.
func onlyIn(a, b map[string]file) []string {
	var names []string
	for _, name := range slices.Sorted(maps.Keys(a)) {
		if _, ok := b[name]; !ok && len(a[name].data) > 0 && !a[name].private {
			names = append(names, name)
		}
	}
	return names
}

// similarity is the part of the larger text that is in lines of both, wherever they stand.
func similarity(a, b []byte) float64 {
	if isBinary(a) || isBinary(b) {
		return 0
	}
	count := map[string]int{}
	for line := range strings.Lines(string(a)) {
		count[line]++
	}
	common := 0
	for line := range strings.Lines(string(b)) {
		if count[line] > 0 {
			count[line]--
			common += len(line)
		}
	}
	return float64(common) / float64(max(len(a), len(b)))
}
