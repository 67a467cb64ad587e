// Which known word somebody meant.
//
// The distance is Damerau's (insert, delete, replace, swap two neighbours), since those are the slips
// of typing; a shared beginning wins too, since those are the slips of memory ("runserv").
package generator

import "strings"

// Nearest returns the word of known that typed most likely stands for, or "" when none is near.
func Nearest(typed string, known []string) string {
	best, bestDistance := "", 1+max(1, len(typed)/3) // a third of the letters may be wrong
	for _, word := range known {
		d := distance(strings.ToLower(typed), strings.ToLower(word))
		if len(typed) >= 3 && strings.HasPrefix(word, typed) {
			d = min(d, 1)
		}
		if d < bestDistance {
			best, bestDistance = word, d
		}
	}
	return best
}

// distance counts the slips between a and b. Words here are short, so the table is whole.
func distance(a, b string) int {
	table := make([][]int, len(a)+1)
	for i := range table {
		table[i] = make([]int, len(b)+1)
		table[i][0] = i
	}
	for j := range table[0] {
		table[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			replace := table[i-1][j-1]
			if a[i-1] != b[j-1] {
				replace++
			}
			table[i][j] = min(replace, table[i-1][j]+1, table[i][j-1]+1)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				table[i][j] = min(table[i][j], table[i-2][j-2]+1)
			}
		}
	}
	return table[len(a)][len(b)]
}
