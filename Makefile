# Short names for what is done often. `make ci` is the whole gate.

FUZZTIME ?= 20s
# Inputs that found something new are made smaller for so long; the default of a minute each is
# longer than the run itself where a target is slow.
MINIMIZETIME ?= 5s
BENCHTIME ?= 1s
# Packages with a TestEquality that takes -pairs and -seed: one a language.
EQUALITY = ./policies/celexpr ./policies/regomod

PAIRS ?= 1300000
SEED ?= 1

.PHONY: build test race lint fuzz bench bench-rules big equality expander reference model proofs chromium generate ci

build:
	CGO_ENABLED=0 go build -trimpath -o weir ./cmd/weir

test:
	go test ./...

race:
	go test -race -timeout 20m ./...

lint:
	@unformatted=$$(gofmt -l .); if [ -n "$$unformatted" ]; then echo "gofmt would change: $$unformatted"; exit 1; fi
	go vet ./...
	go tool staticcheck ./...
	go mod tidy -diff

# go test -fuzz takes one package and one target, and passes silently if nothing
# matches: so the targets are listed first, and none at all is an error.
fuzz:
	@found=0; \
	for pkg in $$(go list ./...); do \
	  listed=$$(go test -list '^Fuzz' $$pkg) || exit 1; \
	  for target in $$(echo "$$listed" | grep '^Fuzz'); do \
	    found=1; echo "== $$pkg $$target"; \
	    go test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime $(MINIMIZETIME) $$pkg || exit 1; \
	  done; \
	done; \
	if [ $$found = 0 ]; then echo "no fuzz target found"; exit 1; fi

bench:
	@pkgs=; \
	for pkg in $$(go list ./...); do \
	  listed=$$(go test -list '^Benchmark' $$pkg) || exit 1; \
	  if echo "$$listed" | grep -q '^Benchmark'; then pkgs="$$pkgs $$pkg"; fi; \
	done; \
	if [ -z "$$pkgs" ]; then echo "no benchmark found"; exit 1; fi; \
	go test -run '^$$' -bench . -benchmem -benchtime $(BENCHTIME) $$pkgs

# The ways of asking rules, side by side: the table of docs/performance.md.
bench-rules:
	go test ./policies -run '^TestRuleTable$$' -v -timeout 60m -args -table

# Lowered conditions against the languages' own answers, PAIRS of a condition and
# an item each, and conditions against themselves simplified, settled and indexed.
equality:
	@for pkg in $(EQUALITY); do \
	  go test $$pkg -run '^TestEquality$$' -v -timeout 60m -args -pairs $(PAIRS) -seed $(SEED) || exit 1; \
	done
	go test ./policies/cond -run 'KeepsEveryAnswer|LeavesOutOnly' -v -timeout 60m -args -rounds 50000 -seed $(SEED)

# Small worlds walked through whole, under every choice of settings (or the first
# SETUPS of a kind), by every sequence of up to DEPTH acts of people. Time and memory
# grow five- to tenfold with each act: on two cores DEPTH=3 takes minutes, and five acts of
# events an hour and up to 18 GB (docs/testing.md). GOMEMLIMIT=18GiB bounds it.
DEPTH ?= 5
SETUPS ?= 0

model:
	go test ./simulate -run '^(TestModel|TestModelUnderRules|TestExceptionsAreNeeded)$$' -count 1 -v -timeout 0 -args -full -setups $(SETUPS) -depth $(DEPTH)

# Occurrences against those of an outside expander, on every calendar of the tests
# and on RULES generated ones. It needs Debian's python3-recurring-ical-events.
EXPANDER ?= /usr/bin/python3
RULES ?= 1000

expander:
	@$(EXPANDER) -c 'import recurring_ical_events' || { echo "apt-get install python3-recurring-ical-events, or name another Python as EXPANDER"; exit 1; }
	go test ./recording/ical -run '^TestAgainstAnotherExpander$$' -count 1 -v -timeout 60m -args -expander=$(EXPANDER) -rules $(RULES) -seed $(SEED)

# The engine against the reference model, in random worlds, DECISIONS of them.
DECISIONS ?= 10000000

reference:
	go test ./internal/refmodel -count 1 -v -timeout 120m -args -rapid.nofailfile -decisions $(DECISIONS) -seed $(SEED)

# The prover's answers about random pairs of conditions against SAMPLES things drawn
# at random.
SAMPLES ?= 1000000

proofs:
	go test ./policies/prove -run '^TestAgreement$$' -count 1 -v -timeout 60m -args -samples $(SAMPLES) -seed $(SEED)

# A recording of BIG megabytes, made and inspected within measured memory. It is
# written to the directory for temporary files (TMPDIR) and removed.
BIG ?= 1000

big:
	go test ./cmd/weir -run '^TestBig$$' -count 1 -v -timeout 60m -args -big $(BIG)

# The browser in which tests look at the HTML page (Debian's package; needs root).
# CHROMIUM=/path/to/one names another for the tests.
chromium:
	@command -v chromium >/dev/null || { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends chromium fonts-dejavu-core; }

generate:
	go generate ./...

ci:
	.ci/run
