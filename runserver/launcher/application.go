package main

import "net/http"

// The overlay replaces this file by one that imports the user's packages.

// application is the value that WSGI_APPLICATION names.
var application any = http.NotFoundHandler()

// loadSettings calls LoadSettings of the project package; nil without a project.
func loadSettings() (any, error) { return nil, nil }
