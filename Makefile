# POSIX sh and GNU make are all this needs. `make` lists what there is.

SWIFT = swift
# The same for programs and tests, so that nothing is built twice.
FLAGS = -c release
DATA = ./.parley-data
ARGS =
SECONDS = 30
PREFIX = /usr/local
DESTDIR =

bindir = $(PREFIX)/bin
mandir = $(PREFIX)/share/man
docdir = $(PREFIX)/share/doc/parleyd
unitdir = $(PREFIX)/lib/systemd/system

parleyd = .build/release/parleyd
sources = Sources Tests Package.swift
page = docs/man/parleyd.8
shell_scripts = $$(find Tests .ci docs -name '*.sh' 2>/dev/null)

.PHONY: help
help:
	@echo 'make run          build the server and start it (DATA=folder ARGS=options)'
	@echo 'make build        build the server'
	@echo 'make test         run all tests'
	@echo 'make check        formatting, scripts, manual page, configuration'
	@echo 'make format       format all sources'
	@echo 'make fuzz         fuzz the parsers (SECONDS=30)'
	@echo 'make sanitize     hostile input at a server with Address Sanitizer (SECONDS=30)'
	@echo 'make conformance  run irctest (IRCTEST=its folder)'
	@echo 'make man          put the table of settings into the manual page'
	@echo 'make install      install below PREFIX=/usr/local (DESTDIR= for packagers)'
	@echo 'make uninstall    remove what install has installed; data stays'
	@echo 'make clean        remove everything built'

# Says what is missing, and installs it where that takes no questions.
.PHONY: needs
needs:
	@command -v $(SWIFT) >/dev/null 2>&1 || { \
	  echo 'Swift 6.2 or newer is missing: see https://www.swift.org/install' >&2; exit 1; }
	@if [ "$$(uname)" = Linux ] && ! echo '#include <sqlite3.h>' | clang -E - >/dev/null 2>&1 \
	  && [ ! -e /usr/include/sqlite3.h ]; then \
	  if ! command -v apt-get >/dev/null 2>&1; then \
	    echo 'The header sqlite3.h is missing: install the development files of SQLite 3' >&2; exit 1; \
	  elif [ "$$(id -u)" = 0 ]; then apt-get install -y libsqlite3-dev; \
	  elif sudo -n true 2>/dev/null; then sudo apt-get install -y libsqlite3-dev; \
	  else echo 'SQLite is missing. Run this, then again: sudo apt-get install libsqlite3-dev' >&2; exit 1; fi; \
	fi

.PHONY: build
build: needs
	$(SWIFT) build $(FLAGS) --product parleyd

# The server prints how to connect.
.PHONY: run
run: build
	@echo 'Data is in $(DATA). Control-C ends the server.'
	@exec $(parleyd) serve --data '$(DATA)' $(ARGS)

.PHONY: test
test: needs
	$(SWIFT) build --build-tests $(FLAGS)
	$(SWIFT) test $(FLAGS) --skip-build --parallel

.PHONY: format
format:
	$(SWIFT) format --in-place --parallel --recursive $(sources)

.PHONY: check
check: build
	$(SWIFT) format lint --strict --parallel --recursive $(sources)
	@for script in $(shell_scripts); do sh -n "$$script" || exit 1; done
	@scratch=$$(mktemp -d) && trap 'rm -rf "$$scratch"' EXIT && \
	  $(parleyd) config --data "$$scratch" --explicit >"$$scratch/one" && \
	  $(parleyd) config --config "$$scratch/one" --explicit >"$$scratch/two" && \
	  cmp "$$scratch/one" "$$scratch/two" && \
	  $(call put_settings,$(page)) >"$$scratch/page" && \
	  { cmp -s "$$scratch/page" $(page) || { echo '$(page) is out of date: run make man' >&2; exit 1; }; }

# The manual page with the table of settings that parleyd itself prints.
put_settings = { sed '/settings begin$$/q' $(1); $(parleyd) config --format man; sed -n '/settings end$$/,$$p' $(1); }

.PHONY: man
man: build
	$(call put_settings,$(page)) >$(page).new
	mv $(page).new $(page)

.PHONY: fuzz
fuzz:
	sh Tests/Fuzz/run.sh $(SECONDS)

.PHONY: sanitize
sanitize: needs
	$(SWIFT) build --build-tests $(FLAGS)
	sh Tests/Live/sanitized.sh $(SECONDS)

.PHONY: conformance
conformance: build
	IRCTEST='$(IRCTEST)' sh Tests/Conformance/run.sh

# Builds nothing: `sudo make install` leaves no files of root's in the build folder.
.PHONY: install
install:
	@[ -x $(parleyd) ] || { echo 'Nothing is built yet: run make build first' >&2; exit 1; }
	install -d '$(DESTDIR)$(bindir)' '$(DESTDIR)$(mandir)/man8' '$(DESTDIR)$(docdir)' '$(DESTDIR)$(unitdir)'
	install -m 755 $(parleyd) '$(DESTDIR)$(bindir)/parleyd'
	! command -v strip >/dev/null 2>&1 || strip '$(DESTDIR)$(bindir)/parleyd'
	install -m 644 $(page) '$(DESTDIR)$(mandir)/man8/parleyd.8'
	install -m 644 README.md LICENSE CHANGELOG.md docs/operating.md '$(DESTDIR)$(docdir)'
	sed 's|@bindir@|$(bindir)|' docs/parleyd.service >'$(DESTDIR)$(unitdir)/parleyd.service'
	chmod 644 '$(DESTDIR)$(unitdir)/parleyd.service'

.PHONY: uninstall
uninstall:
	rm -f '$(DESTDIR)$(bindir)/parleyd' '$(DESTDIR)$(mandir)/man8/parleyd.8' '$(DESTDIR)$(unitdir)/parleyd.service'
	for file in README.md LICENSE CHANGELOG.md operating.md; do rm -f '$(DESTDIR)$(docdir)'/$$file; done
	[ ! -d '$(DESTDIR)$(docdir)' ] || rmdir '$(DESTDIR)$(docdir)'

.PHONY: clean
clean:
	rm -rf .build
