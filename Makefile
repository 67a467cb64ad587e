# make test     all that CI runs: format, vet, linters, and every test with the race detector
# make lint     without the tests
# make test-hosts   the conformance suite against every server, one line each; docs/hosts.md is its table
# make test-production   containers, Kubernetes, databases and 40 combinations of add-ons: all of it, where make test
#               has a short form. LONG= is that form
# make fuzz     every fuzz target, each for FUZZTIME: make fuzz FUZZTIME=10m
# make golden   rewrites testdata/golden from the templates; read the diff
# make modules  brings the Go modules of the add-ons to the versions of testdata/modules/go.mod
# make history VERSION=v1.2.3   keeps the committed templates for updates from that version: part of each release
# make bench    the tables of bench/, beside the peers on PATH
#
# The linters are built by the go command at the versions named here, and kept in its cache. The browser
# tests need Chromium: .ci/run installs it on Debian; elsewhere have it on PATH.

STATICCHECK = honnef.co/go/tools/cmd/staticcheck@v0.8.2
GOLANGCI    = github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0

# Before Go 1.27, a target whose time is up in the middle of an input may fail with "context deadline exceeded" and
# nothing found (golang/go#75804): fuzz lets that pass.
FUZZTIME    = 60s

LONG        = 1

.PHONY: test lint test-race test-hosts test-production fuzz golden modules history bench

SHELL := bash

test: lint
	@$(MAKE) --no-print-directory -j 2 --output-sync=target test-hosts test-race # a host is waited for most of the time
	@$(MAKE) --no-print-directory test-production LONG=

test-race:
	go test -race -timeout 15m -skip '^Test(Hosts|Production)' ./...

test-hosts:
	@set -o pipefail; go test -count=1 -timeout 10m -parallel 8 -run '^TestHosts' -v . | grep -Ev '^ *(===|--- PASS|.*: known: )'

test-production:
	@set -o pipefail; GOSTART_LONG=$(LONG) go test -count=1 -timeout 60m -parallel 4 -run '^TestProduction' -v . | grep -Ev '^ *(===|--- PASS)'

lint:
	@unformatted=$$(gofmt -l $$(git ls-files '*.go')); test -z "$$unformatted" || { echo "gofmt -w $$unformatted"; exit 1; }
	go mod tidy -diff
	go vet ./...
	GOOS=darwin go vet ./...
	GOOS=windows go vet ./...
	go run $(STATICCHECK) ./...
	go run $(GOLANGCI) run --config .ci/golangci.yml ./...

fuzz:
	@set -o pipefail; grep -rn --include='*_test.go' '^func Fuzz' . | sed 's|/[^/]*_test.go:[0-9]*:func \(Fuzz[A-Za-z0-9_]*\).*| \1|' | sort | \
	xargs -P $$(getconf _NPROCESSORS_ONLN) -L 1 sh -c \
		'out=$$(go test -run "^$$" -fuzz "^$$1$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 10x -parallel 1 "$$0" 2>&1); code=$$?; echo "$$0 $$1"; echo "$$out"; \
		case $$out in *"Failing input"*|*panic*) ;; *"    context deadline exceeded"*) code=0 ;; esac; exit $$code'

golden:
	go test -run Golden -update .

modules:
	go -C testdata/modules mod tidy
	go test -run AddonModules -update .

history:
	@test -n "$(VERSION)" || { echo "usage: make history VERSION=v1.2.3"; exit 1; }
	@test ! -e templates/history/$(VERSION).zip || { echo "templates/history/$(VERSION).zip is there already"; exit 1; }
	cd templates && git archive --format=zip -9 -o history/$(VERSION).zip HEAD $$(ls -d project app addons 2>/dev/null)

bench:
	go run ./bench startproject
	go run ./bench reload
	go run ./bench hosts
