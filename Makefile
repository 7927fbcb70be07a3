# What people run. Everything that is needed is installed first (scripts/install-dependencies: Debian's packages).

SWIFT ?= swift
PREFIX ?= /usr/local
RELEASE = --configuration release --static-swift-stdlib --scratch-path .build-release

.PHONY: demo test build install bench check lint format fuzz clean dependencies

demo: dependencies ## Try Busbar without any hardware
	$(SWIFT) build --product busbar
	exec .build/debug/busbar demo

test: dependencies ## Run every test
	$(SWIFT) test --parallel --num-workers 2

build: dependencies ## Build the release
	$(SWIFT) build $(RELEASE) --product busbar

install: build ## Install the program, its unit and an example configuration
	install -D -m 755 .build-release/release/busbar $(DESTDIR)$(PREFIX)/bin/busbar
	sed 's|/usr/local/bin|$(PREFIX)/bin|' config/busbar.service | \
		install -D -m 644 /dev/stdin $(DESTDIR)/etc/systemd/system/busbar.service
	install -d -m 700 $(DESTDIR)/etc/busbar/secrets
	install -D -m 644 config/busbar.example.yaml $(DESTDIR)/etc/busbar/busbar.example.yaml

bench: dependencies ## Measure, as in docs/performance.md
	scripts/bench

check: test lint ## Everything that CI does, and the sanitizers
	scripts/sanitize thread
	scripts/sanitize address

lint: ## Look for mistakes of form
	$(SWIFT) format lint --strict --recursive --parallel Package.swift Sources Tests
	scripts/check-tree

format: ## Mend mistakes of form
	$(SWIFT) format --in-place --recursive --parallel Package.swift Sources Tests

fuzz: dependencies ## Feed every parser of foreign input with nonsense for a while
	scripts/fuzz

clean:
	rm -rf .build .build-*

dependencies:
	@scripts/install-dependencies
