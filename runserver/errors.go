package runserver

// hintError is an error with the next thing to type.
type hintError struct{ text, hint string }

func (e *hintError) Error() string { return e.text }
func (e *hintError) Hint() string  { return e.hint }

// usageError is a hintError about the command line itself: exit code 2.
type usageError struct{ text, hint string }

func (e *usageError) Error() string { return e.text }
func (e *usageError) Hint() string  { return e.hint }
func (e *usageError) ExitCode() int { return 2 }
