// Which variables a template uses, found without rendering it.
//
// What dot is inside {{range}} and {{with}} is known only at rendering, so a field there may be a variable
// or not: it counts as used, and is never reported as undefined. $ is the whole context everywhere but in
// a {{define}}, where both $ and dot are what {{template}} hands over.
package generator

import (
	"slices"
	"strings"
	"text/template/parse"
)

// variable is a use of one in a template.
type variable struct {
	name string
	pos  int
	sure bool // it is a variable, and not a field of something else
}

// variables are those that the trees of one file use. all is true when the file uses its context as a
// whole, so that any variable may be in use.
func variables(trees map[string]*parse.Tree, main string) (found []variable, all bool) {
	w := variableWalker{}
	for name, tree := range trees {
		if tree != nil && tree.Root != nil {
			w.inMain = name == main
			w.list(tree.Root, w.inMain)
		}
	}
	set := map[string]bool{} // {{$_ := set . "name" "value"}} makes a variable
	for _, name := range w.set {
		set[name] = true
	}
	found = slices.DeleteFunc(w.found, func(v variable) bool { return set[v.name] })
	slices.SortFunc(found, func(a, b variable) int { return a.pos - b.pos })
	return found, w.all
}

type variableWalker struct {
	inMain bool // the tree is the file itself and not a {{define}}
	found  []variable
	set    []string
	all    bool
}

// list walks nodes; root tells whether dot is the context.
func (w *variableWalker) list(list *parse.ListNode, root bool) {
	if list != nil {
		for _, node := range list.Nodes {
			w.node(node, root)
		}
	}
}

func (w *variableWalker) node(node parse.Node, root bool) {
	switch n := node.(type) {
	case *parse.ActionNode:
		w.pipe(n.Pipe, root)
	case *parse.IfNode:
		w.pipe(n.Pipe, root)
		w.list(n.List, root)
		w.list(n.ElseList, root)
	case *parse.RangeNode:
		w.pipe(n.Pipe, root)
		w.list(n.List, false)
		w.list(n.ElseList, root)
	case *parse.WithNode:
		w.pipe(n.Pipe, root)
		w.list(n.List, false)
		w.list(n.ElseList, root)
	case *parse.TemplateNode:
		if n.Pipe != nil && (len(n.Pipe.Cmds) != 1 || !w.isContext(n.Pipe.Cmds[0].Args[0], root)) {
			w.pipe(n.Pipe, root) // else the uses are those in the {{define}}
		}
	}
}

// pipe walks commands: functions and their arguments.
func (w *variableWalker) pipe(pipe *parse.PipeNode, root bool) {
	for _, cmd := range pipe.Cmds {
		named := false // dot is only looked up in: {{index . "name"}}
		if f, ok := cmd.Args[0].(*parse.IdentifierNode); ok && len(cmd.Args) > 2 && w.isContext(cmd.Args[1], root) {
			if name, ok := cmd.Args[2].(*parse.StringNode); ok && strings.Contains(" index get hasKey set ", " "+f.Ident+" ") {
				named = true
				if f.Ident == "set" {
					w.set = append(w.set, name.Text)
				} else {
					w.found = append(w.found, variable{name.Text, int(name.Pos), f.Ident == "index"})
				}
			}
		}
		for i, arg := range cmd.Args {
			if named && i == 1 {
				continue
			}
			w.argument(arg, root)
		}
	}
}

// isContext tells whether an argument is the whole context.
func (w *variableWalker) isContext(arg parse.Node, root bool) bool {
	switch n := arg.(type) {
	case *parse.DotNode:
		return root
	case *parse.VariableNode:
		return w.inMain && len(n.Ident) == 1 && n.Ident[0] == "$"
	}
	return false
}

func (w *variableWalker) argument(arg parse.Node, root bool) {
	if w.isContext(arg, root) {
		w.all = true
	}
	switch n := arg.(type) {
	case *parse.FieldNode:
		pos := int(n.Pos)
		if len(n.Ident) > 1 { // the parser gives the place of the second name
			pos -= len("." + n.Ident[0])
		}
		w.found = append(w.found, variable{n.Ident[0], pos, root})
	case *parse.VariableNode:
		if n.Ident[0] == "$" && len(n.Ident) > 1 {
			w.found = append(w.found, variable{n.Ident[1], int(n.Pos), w.inMain})
		}
	case *parse.ChainNode:
		w.argument(n.Node, root)
	case *parse.PipeNode:
		w.pipe(n, root)
	}
}
