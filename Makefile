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
libdir = $(PREFIX)/lib
includedir = $(PREFIX)/include
datadir = $(PREFIX)/share
mandir = $(datadir)/man
docdir = $(datadir)/doc/parley
unitdir = $(PREFIX)/lib/systemd/system

built = .build/release
parleyd = $(built)/parleyd
sources = Sources Tests Package.swift
page = docs/man/parleyd.8
shell_scripts = $$(find Tests .ci docs -name '*.sh' 2>/dev/null)
# What the library is called: within one major version it is the same library.
version = $(shell sed -n 's/^\#define PARLEY_VERSION_M[AI][JN]OR //p;s/^\#define PARLEY_VERSION_PATCH //p' include/parley.h | paste -sd.)
soname = libparley.so.$(firstword $(subst ., ,$(version)))
packages = libsqlite3-dev libssl-dev libreadline-dev libadwaita-1-dev pkg-config patchelf binutils

.PHONY: help
help:
	@echo 'make run          build everything, start a server if none runs, and chat (DATA=folder ARGS=options of the client)'
	@echo 'make serve        build the server and start it (DATA=folder ARGS=options)'
	@echo 'make build        build the server, the library and both clients'
	@echo 'make test         run all tests'
	@echo 'make scenes       the clients in tmux and under Xvfb, with a real server and a second client'
	@echo 'make check        formatting, scripts, manual page, configuration'
	@echo 'make format       format all sources'
	@echo 'make fuzz         fuzz the parsers (SECONDS=30)'
	@echo 'make valgrind     run the C programs of the tests under valgrind'
	@echo 'make race         run them with Thread Sanitizer (builds the library again, in .build-tsan)'
	@echo 'make footprint    measure the library: size, memory, threads, time to the first event'
	@echo 'make sanitize     hostile input at a server with Address Sanitizer (SECONDS=30)'
	@echo 'make hostile      the worst load that one address can make, while others talk (SECONDS=60)'
	@echo 'make storm        2,000 devices sign in at once'
	@echo 'make conformance  run irctest (IRCTEST=its folder)'
	@echo 'make man          put the table of settings into the manual page'
	@echo 'make reference    make docs/c-api.md of include/parley.h'
	@echo 'make install      install below PREFIX=/usr/local (DESTDIR= for packagers)'
	@echo 'make installcheck try out an installation in a scratch folder, without a Swift toolchain'
	@echo 'make uninstall    remove what install has installed; data stays'
	@echo 'make clean        remove everything built'

# Says what is missing, and installs it where that takes no questions.
.PHONY: needs
needs:
	@command -v $(SWIFT) >/dev/null 2>&1 || { \
	  echo 'Swift 6.2 or newer is missing: see https://www.swift.org/install' >&2; exit 1; }
	@[ "$$(uname)" = Linux ] || exit 0; \
	if ! command -v dpkg-query >/dev/null 2>&1; then \
	  pkg-config --exists sqlite3 openssl readline libadwaita-1 && command -v patchelf >/dev/null || { \
	    echo 'Missing: pkg-config, patchelf, and the development files of SQLite 3, OpenSSL 3, readline and libadwaita' >&2; exit 1; }; \
	  exit 0; \
	fi; \
	missing=$$(for name in $(packages); do \
	  dpkg-query -W -f '$${Status}' $$name 2>/dev/null | grep -q '^install ok installed' || echo $$name; done | tr '\n' ' '); \
	if [ -n "$$missing" ]; then \
	  if [ "$$(id -u)" = 0 ]; then apt-get install -y $$missing; \
	  elif sudo -n true 2>/dev/null; then sudo apt-get install -y $$missing; \
	  else echo "Packages are missing. Run this, then again: sudo apt-get install $$missing" >&2; exit 1; fi; \
	fi

# The terminal client is called parley: only its product is not, see Package.swift.
.PHONY: build
build: needs
	$(SWIFT) build $(FLAGS) --product parleyd
	$(SWIFT) build $(FLAGS) --product parley-terminal
	$(SWIFT) build $(FLAGS) --product parley-gtk
	@ln -sf parley-terminal $(built)/parley

# A server on this machine if none runs, and a client in its lobby: the window where there is a display, else the terminal.
.PHONY: run
run: build
	@BUILT='$(built)' sh docs/run.sh '$(DATA)' $(ARGS)

# The server prints how to connect.
.PHONY: serve
serve: needs
	$(SWIFT) build $(FLAGS) --product parleyd
	@echo 'Data is in $(DATA). Control-C ends the server.'
	@exec $(parleyd) serve --data '$(DATA)' $(ARGS)

.PHONY: test
test: needs
	$(SWIFT) build --build-tests $(FLAGS)
	$(SWIFT) test $(FLAGS) --skip-build --parallel

# Both clients in front of a person: in tmux, and under Xvfb over AT-SPI. Each script says what it needs.
.PHONY: scenes scenes-terminal scenes-window
scenes: scenes-terminal scenes-window

scenes-terminal: build
	Tests/Terminal/run.sh

scenes-window: build
	Tests/GTK/run.sh

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
	  awk -f docs/reference.awk include/parley.h >"$$scratch/reference" && \
	  { cmp -s "$$scratch/reference" docs/c-api.md || { echo 'docs/c-api.md is out of date: run make reference' >&2; exit 1; }; } && \
	  $(call put_settings,$(page)) >"$$scratch/page" && \
	  { cmp -s "$$scratch/page" $(page) || { echo '$(page) is out of date: run make man' >&2; exit 1; }; }

# The manual page with the table of settings that parleyd itself prints.
put_settings = { sed '/settings begin$$/q' $(1); $(parleyd) config --format man; sed -n '/settings end$$/,$$p' $(1); }

.PHONY: man
man: build
	$(call put_settings,$(page)) >$(page).new
	mv $(page).new $(page)

# What include/parley.h says, for reading in a browser.
.PHONY: reference
reference:
	awk -f docs/reference.awk include/parley.h >docs/c-api.md

# What is built, installed into a scratch folder and used there without a toolchain.
.PHONY: installcheck
installcheck: build
	sh Tests/CInterface/installed.sh

.PHONY: valgrind
valgrind: build
	sh Tests/CInterface/run.sh valgrind $(built) $(parleyd)

.PHONY: race
race: build
	# The sanitizer is in the program that loads the library.
	$(SWIFT) build $(FLAGS) --product parley-terminal --sanitize=thread --scratch-path .build-tsan \
	  -Xlinker --unresolved-symbols=ignore-all
	sh Tests/CInterface/run.sh race .build-tsan/release $(parleyd)

.PHONY: footprint
footprint: build
	sh Tests/CInterface/footprint.sh $(built)

.PHONY: fuzz
fuzz:
	sh Tests/Fuzz/run.sh $(SECONDS)

# The sign-in of 2,000 devices at once, with PLAIN and with SCRAM, and what it costs the server.
.PHONY: storm
storm: needs
	$(SWIFT) build --build-tests $(FLAGS)
	PARLEY_STORM=2000 $(SWIFT) test $(FLAGS) --skip-build --filter SignInStormTests

.PHONY: sanitize
sanitize: needs
	$(SWIFT) build --build-tests $(FLAGS)
	sh Tests/Live/sanitized.sh $(SECONDS)

# Tests of a live server that take PARLEY_HOSTILE_SECONDS and print figures.
hostile_tests = HostileTests SlowReaderTests StormTests

.PHONY: hostile
hostile: SECONDS = 60
hostile: needs
	$(SWIFT) build --build-tests $(FLAGS)
	@status=0; for suite in $(hostile_tests); do \
	  PARLEY_HOSTILE_SECONDS=$(SECONDS) $(SWIFT) test $(FLAGS) --skip-build --disable-xctest --filter "$$suite" || status=1; \
	done; exit $$status

.PHONY: conformance
conformance: build
	IRCTEST='$(IRCTEST)' sh Tests/Conformance/run.sh

# Builds nothing: `sudo make install` leaves no files of root's in the build folder. Where the library lies is written into the programs
# here, and its name for the linker into the library: the build folder knows neither.
.PHONY: install
install:
	@for file in parleyd parley-terminal parley-gtk libparley.so; do \
	  [ -e $(built)/$$file ] || { echo "$(built)/$$file is missing: run make build first" >&2; exit 1; }; done
	@command -v patchelf >/dev/null 2>&1 || { echo 'patchelf is missing: run make needs' >&2; exit 1; }
	install -d $(foreach folder,$(bindir) $(libdir)/pkgconfig $(includedir) $(mandir)/man1 $(mandir)/man8 $(docdir)/examples \
	  $(unitdir) $(datadir)/applications $(datadir)/metainfo $(datadir)/icons/hicolor/scalable/apps \
	  $(datadir)/icons/hicolor/symbolic/apps $(datadir)/parleyd/fail2ban/filter.d $(datadir)/parleyd/fail2ban/jail.d,'$(DESTDIR)$(folder)')
	install -m 755 $(built)/libparley.so '$(DESTDIR)$(libdir)/libparley.so.$(version)'
	$(call slim,$(libdir)/libparley.so.$(version),--strip-unneeded)
	patchelf --set-soname $(soname) '$(DESTDIR)$(libdir)/libparley.so.$(version)'
	patchelf --remove-rpath '$(DESTDIR)$(libdir)/libparley.so.$(version)'
	ln -sf libparley.so.$(version) '$(DESTDIR)$(libdir)/$(soname)'
	ln -sf $(soname) '$(DESTDIR)$(libdir)/libparley.so'
	install -m 755 $(parleyd) '$(DESTDIR)$(bindir)/parleyd'
	$(call slim,$(bindir)/parleyd)
	$(call install_client,parley-terminal,parley)
	$(call install_client,parley-gtk,parley-gtk)
	install -m 644 include/parley.h '$(DESTDIR)$(includedir)/parley.h'
	sed -e 's|@prefix@|$(PREFIX)|;s|@libdir@|$(patsubst $(PREFIX)/%,$${prefix}/%,$(libdir))|;s|@includedir@|$(patsubst $(PREFIX)/%,$${prefix}/%,$(includedir))|;s|@version@|$(version)|' \
	  Sources/SharedLibrary/parley.pc.in >'$(DESTDIR)$(libdir)/pkgconfig/parley.pc'
	install -m 644 $(wildcard docs/man/*.1) '$(DESTDIR)$(mandir)/man1'
	install -m 644 $(page) '$(DESTDIR)$(mandir)/man8/parleyd.8'
	install -m 644 $(documents) '$(DESTDIR)$(docdir)'
	install -m 644 docs/fail2ban/filter.d/parleyd.conf '$(DESTDIR)$(datadir)/parleyd/fail2ban/filter.d'
	install -m 644 docs/fail2ban/jail.d/parleyd.conf '$(DESTDIR)$(datadir)/parleyd/fail2ban/jail.d'
	install -m 644 $(examples) '$(DESTDIR)$(docdir)/examples'
	install -m 644 $(desktop)/chat.parley.Parley.desktop '$(DESTDIR)$(datadir)/applications'
	install -m 644 $(desktop)/chat.parley.Parley.metainfo.xml '$(DESTDIR)$(datadir)/metainfo'
	install -m 644 $(desktop)/chat.parley.Parley.svg '$(DESTDIR)$(datadir)/icons/hicolor/scalable/apps'
	install -m 644 $(desktop)/chat.parley.Parley-symbolic.svg '$(DESTDIR)$(datadir)/icons/hicolor/symbolic/apps'
	sed 's|@bindir@|$(bindir)|' docs/parleyd.service >'$(DESTDIR)$(unitdir)/parleyd.service'
	chmod 644 '$(DESTDIR)$(unitdir)/parleyd.service' '$(DESTDIR)$(libdir)/pkgconfig/parley.pc'
	@[ -n '$(DESTDIR)' ] || ! command -v ldconfig >/dev/null 2>&1 || ldconfig 2>/dev/null || :

slim = ! command -v strip >/dev/null 2>&1 || strip $(2) '$(DESTDIR)$(1)'

# A program that finds the library beside its own folder, wherever both are moved. One change a call: patchelf 0.14 mixes up several.
define install_client
install -m 755 $(built)/$(1) '$(DESTDIR)$(bindir)/$(2)'
$(call slim,$(bindir)/$(2))
patchelf --replace-needed libparley.so $(soname) '$(DESTDIR)$(bindir)/$(2)'
patchelf --set-rpath '$$ORIGIN/../lib' '$(DESTDIR)$(bindir)/$(2)'
endef

documents = README.md LICENSE CHANGELOG.md docs/operating.md docs/protocol.md docs/decisions.md docs/c-api.md
examples = $(wildcard examples/*.c examples/*.h examples/*.py)
desktop = Sources/ParleyGTK/Data

.PHONY: uninstall
uninstall:
	rm -f $(foreach file,$(bindir)/parleyd $(bindir)/parley $(bindir)/parley-gtk $(libdir)/libparley.so $(libdir)/$(soname) \
	  $(libdir)/libparley.so.$(version) $(libdir)/pkgconfig/parley.pc $(includedir)/parley.h $(mandir)/man8/parleyd.8 \
	  $(unitdir)/parleyd.service $(datadir)/applications/chat.parley.Parley.desktop \
	  $(datadir)/metainfo/chat.parley.Parley.metainfo.xml $(datadir)/icons/hicolor/scalable/apps/chat.parley.Parley.svg \
	  $(datadir)/icons/hicolor/symbolic/apps/chat.parley.Parley-symbolic.svg \
	  $(addprefix $(mandir)/man1/,$(notdir $(wildcard docs/man/*.1))) $(addprefix $(docdir)/,$(notdir $(documents))) \
	  $(datadir)/parleyd/fail2ban/filter.d/parleyd.conf $(datadir)/parleyd/fail2ban/jail.d/parleyd.conf \
	  $(addprefix $(docdir)/examples/,$(notdir $(examples))),'$(DESTDIR)$(file)')
	for folder in filter.d jail.d .; do [ ! -d '$(DESTDIR)$(datadir)/parleyd/fail2ban/'$$folder ] || \
	  rmdir '$(DESTDIR)$(datadir)/parleyd/fail2ban/'$$folder 2>/dev/null || :; done
	[ ! -d '$(DESTDIR)$(datadir)/parleyd' ] || rmdir '$(DESTDIR)$(datadir)/parleyd'
	for folder in '$(DESTDIR)$(docdir)/examples' '$(DESTDIR)$(docdir)'; do [ ! -d "$$folder" ] || rmdir "$$folder"; done

.PHONY: clean
clean:
	rm -rf .build .build-asan .build-tsan
