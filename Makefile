# Untether. `make help` lists the targets. Go, git and make are enough for all
# of them but race, which needs a C compiler as well.

SHELL       := /bin/bash
.SHELLFLAGS := -o pipefail -ec
.DEFAULT_GOAL := help
.NOTPARALLEL:

GO        ?= go
TESTFLAGS ?=
VCANFLAGS ?=
FUZZTIME  ?= 5s
# Without cgo: the same on every machine, and no C compiler needed.
PURE      := CGO_ENABLED=0 $(GO)
MODULE    := github.com/untether-obd/untether

# A tool lies in a folder named after its version: a changed pin installs anew.
GOLANGCI_VERSION := v2.15.0
GREMLINS_VERSION := v0.6.0
TOOLS    := $(CURDIR)/.tools
GOLANGCI := $(TOOLS)/golangci-lint-$(GOLANGCI_VERSION)/golangci-lint
GREMLINS := $(TOOLS)/gremlins-$(GREMLINS_VERSION)/gremlins

##@ Daily
.PHONY: help
help: ## this list
	@awk 'BEGIN { FS = ":.*## " } /^##@/ { print "\n" substr($$0, 5) } \
		/^[a-z-]+:.*## / { printf "  %-12s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

.PHONY: build
build: ## the program for this machine, in bin/
	$(PURE) build -trimpath -o bin/untether ./cmd/untether

.PHONY: test
test: ## every test that needs no CAN in the kernel, no root and no C compiler
	$(PURE) test $(TESTFLAGS) ./...

.PHONY: fmt
fmt: $(GOLANGCI) ## format the source as lint wants it
	$(GOLANGCI) fmt

.PHONY: lint
lint: $(GOLANGCI) ## golangci-lint with .golangci.yml
	CGO_ENABLED=0 $(GOLANGCI) run --build-tags vcan

.PHONY: vet
vet: ## go vet, also as a 32-bit machine sees the source
	$(PURE) vet -tags vcan ./...
	GOOS=linux GOARCH=arm GOARM=7 $(PURE) vet -tags vcan ./...

##@ Deeper
.PHONY: test-vcan
test-vcan: ## the tests that need CAN in the kernel; in a virtual machine where it has none
	@$(PURE) run ./hardware-sim/vm/testvcan $(VCANFLAGS)

.PHONY: race
race: ## the tests under the race detector; needs a C compiler
	@command -v "$$($(GO) env CC | cut -d' ' -f1)" >/dev/null || { \
		echo "make race: the race detector needs a C compiler and there is none;" \
			"on Debian: apt-get install gcc libc6-dev" >&2; exit 1; }
	CGO_ENABLED=1 $(GO) test -race ./...

.PHONY: fuzz-short
fuzz-short: ## every fuzz test for FUZZTIME (5s) each
	@grep -roE --include='*_test.go' '^func Fuzz[A-Za-z0-9_]*' . | sed 's|/[^/]*:func | |' | sort -u | \
	while read -r dir fuzz; do \
		echo "$$dir $$fuzz"; \
		$(PURE) test -run '^$$' -fuzz "^$$fuzz\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 50x "$$dir" </dev/null; \
	done

.PHONY: cover
cover: ## statement coverage; every statement of obd/guard must be covered
	@$(PURE) test -coverprofile=coverage.out ./... | { grep -vE '^(ok|\?|[[:space:]]+$(MODULE))' || true; }
	@$(GO) tool cover -func=coverage.out | tail -n 1
	@grep -q '/obd/guard/' coverage.out || { echo "make cover: no test covers obd/guard" >&2; exit 1; }
	@if grep '/obd/guard/[^/]*\.go:.* 0$$' coverage.out; then \
		echo "make cover: the statements of obd/guard above are not covered" >&2; exit 1; fi

.PHONY: mutate
mutate: $(GREMLINS) ## mutation test of obd/guard; survivors must be listed
	GREMLINS=$(GREMLINS) .ci/mutate obd/guard

.PHONY: bench
bench: ## benchmarks, and the tests that print ratios
	@dirs=$$(grep -rlE --include='*_test.go' '^func Benchmark' . | xargs -r dirname | sort -u); \
	[ -z "$$dirs" ] || $(PURE) test -p 1 -run '^$$' -bench . -benchmem $$dirs | grep -vE '^(PASS|ok|goos|goarch)'
	@dirs=$$(grep -rlE --include='*_test.go' '^func Test(Ratio[A-Za-z0-9_]*|Bound)\(' . | xargs -r dirname | sort -u); \
	[ -z "$$dirs" ] || UNTETHER_BENCH=1 $(PURE) test -p 1 -count=1 -run '^Test(Ratio|Bound$$)' -v $$dirs | grep -vE '^(=== |PASS)'

.PHONY: faults
faults: ## every fault in every simulated car, with what came of it
	@$(PURE) test -count=1 -run '^TestFaults$$' -v ./telematics/inspect | sed -E '/^ *(===|--- (PASS|SKIP))|^(PASS|ok) /d'

##@ Release
.PHONY: cross
cross: ## the program for linux on amd64, arm64 and armv7, in dist/
	GOOS=linux GOARCH=amd64 $(PURE) build -trimpath -o dist/untether-linux-amd64 ./cmd/untether
	GOOS=linux GOARCH=arm64 $(PURE) build -trimpath -o dist/untether-linux-arm64 ./cmd/untether
	GOOS=linux GOARCH=arm GOARM=7 $(PURE) build -trimpath -o dist/untether-linux-armv7 ./cmd/untether

.PHONY: ci
ci: lint vet cross test race cover ## all that a change must pass; .ci/run calls it

.PHONY: tools
tools: $(GOLANGCI) $(GREMLINS) ## the tools of lint, fmt and mutate, in .tools/

$(GOLANGCI):
	CGO_ENABLED=0 GOBIN=$(@D) $(GO) install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI_VERSION)

$(GREMLINS):
	CGO_ENABLED=0 GOBIN=$(@D) $(GO) install github.com/go-gremlins/gremlins/cmd/gremlins@$(GREMLINS_VERSION)
