# BurnCloud. `make` or `make help` lists the targets.
BUILD = CGO_ENABLED=0 go build -trimpath -ldflags '-s -w'
TARGETS = linux/amd64 linux/arm64 darwin/amd64 darwin/arm64 windows/amd64 windows/arm64

.PHONY: help run build test check bench golden web cross clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: ## start BurnCloud with its data in ./data
	go run ./cmd/burncloud

build: ## bin/burncloud, static and stripped
	$(BUILD) -o bin/burncloud ./cmd/burncloud

test: ## every test; installs and starts what they need on Debian
	@.ci/test

check: ## format, linters, generated files, budgets of the binary
	@.ci/check

bench: ## measure against nginx; writes bench/latest.json
	@bench/run

golden: ## rewrite golden files; review the diff
	BURNCLOUD_GOLDEN=update go test ./... >/dev/null || true
	git diff --stat -- '*.golden' testdata

web: ## build the console and its typed API client
	go run ./cmd/burncloud openapi > web/openapi.json.new && mv web/openapi.json.new web/openapi.json
	npm --prefix web ci --no-audit --no-fund
	npm --prefix web run api
	npm --prefix web run build

cross: ## bin/ for every system
	@for t in $(TARGETS); do \
		ext=; [ $${t%/*} != windows ] || ext=.exe; \
		echo "$$t"; GOOS=$${t%/*} GOARCH=$${t#*/} $(BUILD) -o bin/burncloud-$${t%/*}-$${t#*/}$$ext ./cmd/burncloud || exit 1; \
	done

clean: ## remove what the targets made
	rm -rf bin .ci/out bench/out
