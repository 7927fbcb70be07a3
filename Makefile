# What people run. Everything that is needed is installed first (scripts/install-dependencies: Debian's packages).

SWIFT ?= swift
PREFIX ?= /usr/local
COMPLETIONS = .build-release/completions
SHARE = $(PREFIX)/share
# The version for `make homeassistant-test`: the newest for the Python of Debian 13.
HOME_ASSISTANT ?= 2026.2.3

.PHONY: demo demo-fleet test fleet-model fleet-trials fleet-clusters fleet-test page-test labgrid-test homeassistant-test \
	prometheus-test openapi-test \
	build install uninstall deb package-test unit-test release apt-repository release-test bench check lint docs docs-test format fuzz \
	clean dependencies

demo: dependencies ## Try Busbar without any hardware
	@test -x .build/debug/busbar || echo "busbar: building; the first time it takes some minutes"
	$(SWIFT) build --product busbar
	exec .build/debug/busbar demo

demo-fleet: dependencies ## Try a fleet of three agents without any hardware, and break it
	@scripts/install-dependencies etcd-server nats-server python3-paho-mqtt
	$(SWIFT) build --product busbar
	@BUSBAR=.build/debug/busbar PYTHONDONTWRITEBYTECODE=1 /usr/bin/python3 Tests/Tools/fleet/demo

test: dependencies ## Run every test
	@test -e .build/debug/busbarPackageTests.xctest || echo "busbar: building; the first time it takes some minutes"
	@SWIFT="$(SWIFT)" Tests/Tools/run-tests

fleet-model: ## Search the models of a fleet's ownership and of a circuit with Spin; some seven minutes on two cores
	@scripts/install-dependencies spin gcc
	Tests/Tools/fleet/ownership-check

fleet-trials: dependencies ## Break a fleet for real, ten times, once each time
	@scripts/install-dependencies etcd-server python3-paho-mqtt strace gcc
	$(SWIFT) build --product busbar
	BUSBAR=.build/debug/busbar PYTHONDONTWRITEBYTECODE=1 /usr/bin/python3 Tests/Tools/fleet/trials --count 10 --single

fleet-clusters: dependencies ## Put an agent at three nodes of NATS, and kill and freeze its node
	@scripts/install-dependencies nats-server python3-paho-mqtt
	$(SWIFT) build --product busbar
	BUSBAR=.build/debug/busbar PYTHONDONTWRITEBYTECODE=1 /usr/bin/python3 Tests/Tools/fleet/clusters

fleet-test: fleet-model fleet-trials fleet-clusters ## All of that

page-test: dependencies ## Test the page in a real Chromium; with PICTURES=docs/images it takes those of the documentation
	@scripts/install-dependencies chromium fonts-dejavu-core python3 python3-venv
	$(SWIFT) build --product busbar
	@test -x .build-axe/bin/pip || python3 -m venv .build-axe
	@.build-axe/bin/pip install --quiet --disable-pip-version-check --no-deps --requirement Tests/Tools/page/requirements.txt
	AXE=$$(echo .build-axe/lib/python3*/site-packages/axe_playwright_python/axe.min.js) \
		python3 Tests/Tools/page-test .build/debug/busbar $(PICTURES)

labgrid-test: dependencies ## Test with the drivers that labs use: labgrid's and jumpstarter's own
	@scripts/install-dependencies python3 python3-venv
	$(SWIFT) build --product busbar
	@test -x .build-labgrid/bin/pip || python3 -m venv .build-labgrid
	@.build-labgrid/bin/pip install --quiet --disable-pip-version-check --requirement Tests/Tools/labs/requirements.txt
	BUSBAR=.build/debug/busbar PYTHONPATH=Tests/Tools PYTHONDONTWRITEBYTECODE=1 \
		.build-labgrid/bin/python -m pytest -p no:cacheprovider -q Tests/Tools/labs

homeassistant-test: dependencies ## Test with a real Home Assistant, in a Debian of its own; needs root, and 5 minutes
	@scripts/install-dependencies mmdebstrap python3 python3-venv
	$(SWIFT) build --product busbar
	@Tests/Tools/homeassistant/install-home-assistant $(HOME_ASSISTANT) .build-homeassistant/debian
	@test -x .build-homeassistant/test/bin/pip || python3 -m venv .build-homeassistant/test
	@.build-homeassistant/test/bin/pip install --quiet --disable-pip-version-check \
		--requirement Tests/Tools/homeassistant/requirements.txt
	BUSBAR=.build/debug/busbar HOME_ASSISTANT_ROOT=.build-homeassistant/debian PYTHONPATH=Tests/Tools \
		PYTHONDONTWRITEBYTECODE=1 .build-homeassistant/test/bin/python -m pytest -p no:cacheprovider -q \
		Tests/Tools/homeassistant

prometheus-test: dependencies ## Test the alerts and the dashboard's queries with a real Prometheus
	@scripts/install-dependencies prometheus python3-pytest
	$(SWIFT) build --product busbar
	BUSBAR=.build/debug/busbar PYTHONPATH=Tests/Tools PYTHONDONTWRITEBYTECODE=1 \
		/usr/bin/python3 -m pytest -p no:cacheprovider -q Tests/Tools/prometheus

openapi-test: dependencies ## Test that the agent answers as docs/openapi.yaml says, with Schemathesis
	@scripts/install-dependencies python3 python3-venv
	$(SWIFT) build --product busbar
	@test -x .build-schemathesis/bin/pip || python3 -m venv .build-schemathesis
	@.build-schemathesis/bin/pip install --quiet --disable-pip-version-check \
		--requirement Tests/Tools/openapi/requirements.txt
	BUSBAR=.build/debug/busbar PYTHONPATH=Tests/Tools PYTHONDONTWRITEBYTECODE=1 \
		.build-schemathesis/bin/python -m pytest -p no:cacheprovider -q Tests/Tools/openapi

docs: ## Make a site of the documents, in .build-docs/site; it needs no network to be read
	@scripts/install-dependencies python3 python3-venv
	@test -x .build-docs/venv/bin/pip || python3 -m venv .build-docs/venv
	@.build-docs/venv/bin/pip install --quiet --disable-pip-version-check --requirement Tests/Tools/docs/requirements.txt
	NO_MKDOCS_2_WARNING=1 PYTHONDONTWRITEBYTECODE=1 .build-docs/venv/bin/mkdocs build --quiet --strict
	@echo "busbar: open .build-docs/site/index.html"

docs-test: docs ## Test that site's search, in a real Chromium
	@scripts/install-dependencies chromium fonts-dejavu-core
	PYTHONDONTWRITEBYTECODE=1 Tests/Tools/docs/site-test .build-docs/site

build: dependencies ## Build the release
	SWIFT="$(SWIFT)" scripts/build-release busbar
	mkdir -p $(addprefix $(COMPLETIONS)/,bash zsh fish)
	.build-release/release/busbar --generate-completion-script bash | sed '1{/^#!/d}' > $(COMPLETIONS)/bash/busbar
	.build-release/release/busbar --generate-completion-script zsh > $(COMPLETIONS)/zsh/_busbar
	.build-release/release/busbar --generate-completion-script fish > $(COMPLETIONS)/fish/busbar.fish

install: build ## Install the program, its unit, manual page and completions, and an example configuration
	install -D -m 755 .build-release/release/busbar $(DESTDIR)$(PREFIX)/bin/busbar
	sed 's|/usr/local/bin|$(PREFIX)/bin|' config/busbar.service | \
		install -D -m 644 /dev/stdin $(DESTDIR)/etc/systemd/system/busbar.service
	install -d -m 700 $(DESTDIR)/etc/busbar/secrets
	install -D -m 644 config/busbar.example.yaml $(DESTDIR)/etc/busbar/busbar.example.yaml
	install -D -m 644 docs/man/busbar.1 $(DESTDIR)$(SHARE)/man/man1/busbar.1
	install -D -m 644 $(COMPLETIONS)/bash/busbar $(DESTDIR)$(SHARE)/bash-completion/completions/busbar
	install -D -m 644 $(COMPLETIONS)/zsh/_busbar $(DESTDIR)$(SHARE)/zsh/site-functions/_busbar
	install -D -m 644 $(COMPLETIONS)/fish/busbar.fish $(DESTDIR)$(SHARE)/fish/vendor_completions.d/busbar.fish

uninstall: ## Remove what `make install` installed; the configuration and the state stay
	rm -f $(DESTDIR)$(PREFIX)/bin/busbar $(DESTDIR)/etc/systemd/system/busbar.service \
		$(DESTDIR)/etc/busbar/busbar.example.yaml $(addprefix $(DESTDIR)$(SHARE)/,man/man1/busbar.1 \
		bash-completion/completions/busbar zsh/site-functions/_busbar fish/vendor_completions.d/busbar.fish)

deb: build ## Make a Debian package
	scripts/make-deb

release: deb ## Gather a release in .build-release-files: package, image, SBOM, checksums; SIGN_WITH=KEY signs them
	scripts/make-release

# The folder for `make apt-repository`, which a site gives out.
APT_REPOSITORY ?= .build-apt

apt-repository: ## Make a repository for apt of the packages here, in APT_REPOSITORY; SIGN_WITH=KEY signs it
	scripts/make-apt-repository $(APT_REPOSITORY) busbar_*.deb

release-test: ## Test the SBOM and the repository for apt, with a real apt
	@scripts/install-dependencies dpkg-dev gpg python3
	Tests/Tools/release-test

package-test: deb ## Test the Debian package in a minimal Debian of its own; needs root
	@scripts/install-dependencies lintian mmdebstrap python3
	PYTHONDONTWRITEBYTECODE=1 Tests/Tools/package-test busbar_*.deb

unit-test: deb ## Try the unit and the documented drop-ins under a systemd that is booted for it; needs root, and 5 minutes
	@scripts/install-dependencies mmdebstrap python3
	PYTHONDONTWRITEBYTECODE=1 Tests/Tools/unit-test busbar_*.deb

bench: dependencies ## Measure, as in docs/performance.md
	scripts/bench

check: test lint ## Run every test, look at the form, and run the tests again under the sanitizers
	scripts/sanitize thread
	scripts/sanitize address

lint: ## Look for mistakes of form
	$(SWIFT) format lint --strict --recursive --parallel Package.swift Plugins Sources Tests
	scripts/check-tree
	Tests/Tools/docs/falsehoods-test

format: ## Mend mistakes of form
	$(SWIFT) format --in-place --recursive --parallel Package.swift Plugins Sources Tests

fuzz: dependencies ## Feed every parser of foreign input with nonsense, a minute each, guided by libFuzzer
	scripts/fuzz

clean:
	rm -rf --one-file-system .build .build-* busbar_*.deb

dependencies:
	@command -v $(SWIFT) >/dev/null || { echo "busbar: swift is not in the PATH; Swift 6.2 or newer is needed:" \
		"https://www.swift.org/install/linux/" >&2; exit 1; }
	@scripts/install-dependencies
