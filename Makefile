# Short names for what is done often. `make ci` is the whole gate.

FUZZTIME ?= 20s
BENCHTIME ?= 1s

.PHONY: build test race lint fuzz bench equality generate ci

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
	    go test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) $$pkg || exit 1; \
	  done; \
	done; \
	if [ $$found = 0 ]; then echo "no fuzz target found"; exit 1; fi

# Lowered conditions against the languages' own answers: a million pairs of
# conditions and items for Rego (50,000 policies on 20 items each, with and
# without OPA's rule index), and for CEL (three kinds of items).
equality:
	go test ./policies/regomod -run '^TestAgreesWithOPA$$' -count 1 -timeout 60m -v -rapid.checks=50000
	go test ./policies/celexpr -run '^TestAgreesWithCEL$$' -count 1 -timeout 60m -v -rapid.checks=350000

bench:
	@pkgs=; \
	for pkg in $$(go list ./...); do \
	  listed=$$(go test -list '^Benchmark' $$pkg) || exit 1; \
	  if echo "$$listed" | grep -q '^Benchmark'; then pkgs="$$pkgs $$pkg"; fi; \
	done; \
	if [ -z "$$pkgs" ]; then echo "no benchmark found"; exit 1; fi; \
	go test -run '^$$' -bench . -benchmem -benchtime $(BENCHTIME) $$pkgs

generate:
	go generate ./...

ci:
	.ci/run
