// Package templates holds what gostart writes for its users: one file here is one file there. It has no logic.
//
// A file x.tmpl is rendered by text/template and becomes x; all else is copied byte for byte. In a path,
// project_name stands for the project's name, and app_name for an app's. Whatever the go command or git would act on here is a .tmpl file.
package templates

import "embed"

// FS has the templates "project" and "app", and below "addons" each add-on, as directories of these names; and those of older
// versions as history/VERSION.zip. The prefix all: keeps the files that begin with a dot.
//
//go:embed all:project all:app all:addons history
var FS embed.FS
