// What the generator refuses, and how a caller tells refusals apart.
//
// Every refusal may carry two things beside its text: Hint() is what to type next, and ExitCode() is
// the process's exit code: 2 for usage and answers, 3 when something of the user's is in the way,
// 130 after Ctrl-C. The command line finds both with errors.As on small interfaces of its own, so no
// error type is exported and none needs to be.
package generator

import (
	"context"
	"fmt"
)

const (
	exitFailed      = 1
	exitUsage       = 2
	exitConflict    = 3
	exitInterrupted = 130 // what a shell reports for a process that Ctrl-C ended
)

// refusal is an error with a next step.
type refusal struct {
	text string
	hint string
	code int
}

func (r *refusal) Error() string { return r.text }
func (r *refusal) Hint() string  { return r.hint }
func (r *refusal) ExitCode() int { return r.code }

// refuse makes a refusal; the hint may be empty.
func refuse(code int, hint, format string, args ...any) error {
	return &refusal{text: fmt.Sprintf(format, args...), hint: hint, code: code}
}

// errInterrupted is Ctrl-C. Whoever returns it has put the disk back.
var errInterrupted = refuse(exitInterrupted, "", "interrupted, nothing was written")

func interrupted(ctx context.Context) error {
	if ctx.Err() == nil {
		return nil
	}
	return errInterrupted
}
