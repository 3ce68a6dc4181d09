# wend: customer-journey analytics. `make demo` and `make check` do everything.
PREFIX  ?= /usr/local
BINDIR  ?= $(PREFIX)/bin
MANDIR  ?= $(PREFIX)/share/man
LIBDIR  ?= $(PREFIX)/lib
DATADIR ?= $(PREFIX)/share/wend
INCLUDEDIR ?= $(PREFIX)/include
PKGCONFIGDIR ?= $(LIBDIR)/pkgconfig
COMPDIR ?= $(PREFIX)/share/bash-completion/completions
ZSHDIR  ?= $(PREFIX)/share/zsh/site-functions
FISHDIR ?= $(PREFIX)/share/fish/vendor_completions.d
DESTDIR ?=
# Before the name of the program, of its links and of its pages of section 1.
PROGRAM_PREFIX ?=
# no: churn, ltv, ingest and touchpoints are not installed under their bare names.
BARE_LINKS ?= yes
BUILD   ?= build
CC      ?= cc
CFLAGS  ?= -O2 -g
VERSION := 0.1.0
LINKS   := ingest ltv churn touchpoints
JOBS    ?= $(shell getconf _NPROCESSORS_ONLN)
# Parallel by itself, unless make was told how.
QUIETLY  = $(MAKE) --no-print-directory -s $(if $(filter -j%,$(MAKEFLAGS)),,-j$(JOBS))

WARN := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wformat=2 -Wwrite-strings
ifdef WERROR
WARN += -Werror
endif
ALL_CFLAGS = -std=c11 -D_GNU_SOURCE -pthread $(WARN) -Iinclude -Isrc -include wend/banned.h -DWEND_VERSION='"$(VERSION)"' -DWEND_DATADIR='"$(DATADIR)"' -ffile-prefix-map=$(CURDIR)=. $(CFLAGS)
LIBS = -lsqlite3 -lcsv -lsodium -lutf8proc -linih -lxxhash -lz -lm -pthread

# The store's tables for the sqlite3 shell: the rooms store and base once more, position
# independent, every call of SQLite through the one that loads them.
EXT_SRC := $(wildcard src/base/*.c src/store/*.c)
LIB_SRC := $(filter-out src/store/extension.c,$(wildcard src/base/*.c src/csv/*.c src/num/*.c src/model/*.c src/store/*.c src/journey/*.c src/metric/*.c src/ingest/*.c src/out/*.c src/simulate/*.c))
CMD_SRC := $(wildcard src/main.c src/cmd/*.c)
LIB_OBJ := $(LIB_SRC:%.c=$(BUILD)/%.o)
CMD_OBJ := $(CMD_SRC:%.c=$(BUILD)/%.o)
EXT_OBJ := $(EXT_SRC:%.c=$(BUILD)/pic/%.o)
UNIT    := $(patsubst tests/unit/%.c,$(BUILD)/unit/%,$(wildcard tests/unit/*.c))
CONF    := $(patsubst tests/conformance/%.c,$(BUILD)/conformance/%,$(wildcard tests/conformance/*.c))
HELPER  := $(patsubst tests/helper/%.c,$(BUILD)/helper/%,$(wildcard tests/helper/*.c))
FAULT   := $(BUILD)/fault/drive $(BUILD)/fault/shim.so
REPLAY  := $(patsubst tests/fuzz/%.c,$(BUILD)/replay/%,$(wildcard tests/fuzz/*.c))
FUZZ    := $(patsubst tests/fuzz/%.c,$(BUILD)/fuzz/%,$(wildcard tests/fuzz/*.c))
PROOF   := $(patsubst tests/proof/%.c,$(BUILD)/proof/%,$(wildcard tests/proof/*.c))
HISTORY := $(BUILD)/property/histories
PAGES   := $(wildcard man/*.[1-8])
PRESETS := $(wildcard share/wend/presets/*)

all: $(BUILD)/bin/wend $(BUILD)/wend.so
lib: $(BUILD)/libwend.a
units: $(UNIT)
tests: $(BUILD)/bin/wend $(BUILD)/wend.so $(UNIT) $(CONF) $(HELPER) $(REPLAY) $(PROOF) $(FAULT) $(HISTORY)

# A simulation is the same bytes on every machine, whether it can fuse multiply and add or not.
$(BUILD)/src/simulate/%.o: ALL_CFLAGS += -ffp-contract=off

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/libwend.a: $(LIB_OBJ)
	@rm -f $@
	ar rcsD $@ $^

$(BUILD)/bin/wend: $(CMD_OBJ) $(BUILD)/libwend.a
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $(CMD_OBJ) $(BUILD)/libwend.a $(LIBS)
	@for n in $(LINKS); do ln -sf wend $(BUILD)/bin/$$n; done

$(BUILD)/pic/%.o: %.c
	@mkdir -p $(@D)
	$(CC) -include src/store/extension.h $(ALL_CFLAGS) -fPIC -fvisibility=hidden -MMD -MP -c -o $@ $<

# A sanitizer's functions come with the program that loads us. What SQLite was told of stays
# in memory when the extension is not used any more.
NO_UNDEFINED := -Wl,-z,defs
$(BUILD)/wend.so: $(EXT_OBJ)
	$(CC) $(CFLAGS) $(LDFLAGS) -shared -Wl,-z,nodelete $(if $(findstring sanitize,$(LDFLAGS)),,$(NO_UNDEFINED)) -o $@ $^ $(filter-out -lsqlite3 -lcsv,$(LIBS))

# A test is one file that includes nothing but headers; it links the library.
$(BUILD)/unit/%: tests/unit/%.c $(BUILD)/libwend.a
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -Wno-missing-prototypes $(LDFLAGS) -MMD -MP -o $@ $< $(BUILD)/libwend.a -lcmocka $(LIBS)

$(BUILD)/conformance/%: tests/conformance/%.c $(BUILD)/libwend.a
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -Wno-missing-prototypes $(LDFLAGS) -MMD -MP -o $@ $< $(BUILD)/libwend.a -lcmocka $(LIBS)

# The commands without main, for targets that look at option tables and --from.
$(BUILD)/libcmd.a: $(filter-out %/main.o,$(CMD_OBJ))
	@rm -f $@
	ar rcsD $@ $^

# A fuzz target that reads its corpus once, without a fuzzer.
$(BUILD)/replay/%: tests/fuzz/%.c tests/fuzz/fuzz.h tests/fuzz/replay/main.c $(BUILD)/libcmd.a $(BUILD)/libwend.a
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -Wno-missing-prototypes $(LDFLAGS) -o $@ $< tests/fuzz/replay/main.c $(BUILD)/libcmd.a $(BUILD)/libwend.a $(LIBS)

# Proofs over many seeds; `make check` takes a slice of each.
$(BUILD)/proof/%: tests/proof/%.c tests/proof/kinds.h tests/proof/buyers.h tests/proof/leavers.h $(BUILD)/libwend.a
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $< $(BUILD)/libwend.a $(LIBS)

# Random histories of a store against a naive model; without arguments a slice of them.
$(HISTORY): $(wildcard tests/property/*.[ch]) $(BUILD)/libwend.a
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $(filter %.c,$^) $(BUILD)/libwend.a $(LIBS)

# Small programs the command tests lean on: a terminal, a stopped reader, a lock.
$(BUILD)/helper/%: tests/helper/%.c $(BUILD)/libwend.a
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(LDFLAGS) -MMD -MP -o $@ $< $(BUILD)/libwend.a $(LIBS) -lutil

# What goes wrong on purpose: a library preloaded into the program, and what drives it.
$(BUILD)/fault/shim.so: tests/fault/shim.c tests/fault/board.h
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -Wno-missing-prototypes -fPIC -shared $(filter-out -fsanitize%,$(LDFLAGS)) -o $@ $< -ldl
$(BUILD)/fault/drive: $(filter-out tests/fault/shim.c,$(wildcard tests/fault/*.c)) $(wildcard tests/fault/*.h) $(BUILD)/libwend.a
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $(filter %.c,$^) $(BUILD)/libwend.a $(LIBS)

demo:
	@scripts/deps
	+@$(QUIETLY) BUILD=$(BUILD) all
	@BUILD=$(BUILD) scripts/demo

# UPDATE=1 rewrites the expectations of the command tests, for review in the diff.
check:
	@scripts/deps check
	+@$(QUIETLY) BUILD=$(BUILD) tests
	@BUILD=$(BUILD) UPDATE=$(UPDATE) CC="$(CC)" scripts/check

check-full: check
	@BUILD=$(BUILD) scripts/check-full

# BENCH='--full --scratch DIR' measures everything; see the head of bench/run.py.
bench:
	@scripts/deps
	+@$(QUIETLY) BUILD=$(BUILD) all benches
	python3 bench/run.py --build $(BUILD) $(BENCH)
benches: $(patsubst bench/%.c,$(BUILD)/bench/%,$(wildcard bench/*.c))
$(BUILD)/bench/%: bench/%.c $(BUILD)/libwend.a
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -Wno-missing-prototypes $(LDFLAGS) -o $@ $< $(BUILD)/libwend.a $(LIBS)

# Minutes to hours: everything tests/cli/fault.t takes a slice of. Tables into tests/proof.
prove-crash prove-fail: tests
	@BUILD=$(BUILD) tests/fault/prove $@

lint:
	@scripts/deps check
	@scripts/lint

coverage:
	@scripts/deps check
	+@$(QUIETLY) BUILD=$(BUILD)/coverage CFLAGS='-O0 -g --coverage' LDFLAGS=--coverage tests
	@BUILD=$(BUILD)/coverage scripts/check
	gcovr --root . --filter src/ --object-directory $(BUILD)/coverage --print-summary

# FUZZ_SECONDS a target; every crash found belongs into tests/fuzz/corpus.
FUZZ_SECONDS ?= 60
fuzz:
	@scripts/deps check
	+@$(QUIETLY) BUILD=$(BUILD)/fuzzing CC=clang CFLAGS='-O1 -g -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all' LDFLAGS='-fsanitize=fuzzer,address,undefined' fuzzers
	@for f in $(notdir $(FUZZ)); do \
		mkdir -p $(BUILD)/fuzzing/corpus/$$f; \
		$(BUILD)/fuzzing/fuzz/$$f -max_total_time=$(FUZZ_SECONDS) -timeout=20 -entropic=0 $(BUILD)/fuzzing/corpus/$$f $$(ls -d tests/fuzz/corpus/$$f 2>/dev/null) || exit 1; done
fuzzers: $(FUZZ)
$(BUILD)/fuzz/%: tests/fuzz/%.c tests/fuzz/fuzz.h $(BUILD)/libcmd.a $(BUILD)/libwend.a
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -Wno-missing-prototypes $(LDFLAGS) -o $@ $< $(BUILD)/libcmd.a $(BUILD)/libwend.a $(LIBS)

# Random faults, one a file, and what is left of each file. FAULTS of them, seeds from 1.
FAULTS ?= 10000
prove-faults:
	@scripts/deps
	+@$(QUIETLY) BUILD=$(BUILD) $(BUILD)/proof/faults
	WEND_PRESETS=$(CURDIR)/share/wend/presets $(BUILD)/proof/faults 1 $(FAULTS) --table

# HISTORIES of records straight into the store, and a quarter as many of real files.
HISTORIES ?= 1000
prove-histories:
	@scripts/deps
	+@$(QUIETLY) BUILD=$(BUILD) $(HISTORY)
	$(HISTORY) --count $(HISTORIES)
	$(HISTORY) --files --count $$(($(HISTORIES) / 4))

# CHANGED records changed at random, under the sanitizers; then every fuzz target.
CHANGED ?= 10000000
SANITIZE := -fsanitize=address,undefined
prove-fuzz:
	@scripts/deps check
	+@$(QUIETLY) BUILD=$(BUILD)/proving CFLAGS='-O2 -g $(SANITIZE) -fno-sanitize-recover=all' LDFLAGS='$(SANITIZE)' $(BUILD)/proving/proof/mutated
	ASAN_OPTIONS=abort_on_error=1 UBSAN_OPTIONS=abort_on_error=1 WEND_PRESETS=$(CURDIR)/share/wend/presets $(BUILD)/proving/proof/mutated 1 $(CHANGED) --table
	+@$(MAKE) --no-print-directory BUILD=$(BUILD) FUZZ_SECONDS=$(FUZZ_SECONDS) fuzz

# FITS simulated data sets of all models; the tables go into tests/proof/fits.md.
FITS ?= 10000
prove-fits:
	@scripts/deps
	+@$(QUIETLY) BUILD=$(BUILD) $(BUILD)/proof/fits
	nice $(BUILD)/proof/fits 1 $(FITS) --table

# Simulated stores followed further than they were watched: how often limits hold what then
# comes, and how well the chosen model forecasts it. Tables into tests/proof/stores.md.
STORES ?= 1000
prove-stores:
	@scripts/deps
	+@$(QUIETLY) BUILD=$(BUILD) $(BUILD)/proof/stores
	$(BUILD)/proof/stores limits 1 $(STORES)
	$(BUILD)/proof/stores forecast 1 $(STORES)
	$(BUILD)/proof/stores days 1 $(STORES) --size 10000
	$(BUILD)/proof/stores choice 1 200

# Chances of leaving by thresholds and by columns together, against scikit-learn (Python's
# sklearn must be there); into tests/proof/chances.md.
CHANCES ?= 20
prove-chances:
	@scripts/deps
	+@$(QUIETLY) BUILD=$(BUILD) all
	tests/proof/chances.py $(BUILD)/bin/wend 1 $(CHANCES)

# Intervals of recurring money, BRIDGES x 200 periods for each size; into tests/proof/bridges.md.
BRIDGES ?= 2000
prove-bridges:
	@scripts/deps
	+@$(QUIETLY) BUILD=$(BUILD) $(BUILD)/proof/bridges
	nice $(BUILD)/proof/bridges 1 $(BRIDGES)

# Funnels against a search of all chains, and funnels, paths and map against each other, on
# WALKS random logs.
WALKS ?= 1000
prove-walks:
	@scripts/deps check
	+@$(QUIETLY) BUILD=$(BUILD) $(BUILD)/unit/metric_walks
	$(BUILD)/unit/metric_walks 1 $(WALKS)

# The band of churn forecast against new cohorts; into tests/proof/contracts.md.
CONTRACTS ?= 1000
prove-contracts:
	@scripts/deps
	+@$(QUIETLY) BUILD=$(BUILD) $(BUILD)/proof/contracts
	nice $(BUILD)/proof/contracts 1 $(CONTRACTS)

# Planted causes and what only looks like one: tables into tests/proof/causes.md.
CAUSES ?= 400
prove-causes:
	@scripts/deps
	+@$(QUIETLY) BUILD=$(BUILD) $(BUILD)/proof/causes
	nice $(BUILD)/proof/causes leavers 1 $$(($(CAUSES) * 5))
	nice $(BUILD)/proof/causes nothing 1 $(CAUSES)
	nice $(BUILD)/proof/causes orders 1 $(CAUSES)
	nice $(BUILD)/proof/causes calls 1 $(CAUSES)

# Mails on stores where nothing changes: how many announce a change. Into tests/proof/mails.md.
MAILS ?= 500
prove-mails:
	@scripts/deps
	+@$(QUIETLY) BUILD=$(BUILD) $(BUILD)/bin/wend
	PATH=$(CURDIR)/$(BUILD)/bin:$$PATH nice tests/proof/evenweeks.sh 1 $(MAILS)

# Random chains whose removal effects are known: how often limits hold them, standard errors
# against bootstraps, limits of cost a customer. Tables into tests/proof/chains.md.
CHAINS ?= 1000
prove-chains:
	@scripts/deps
	+@$(QUIETLY) BUILD=$(BUILD) $(BUILD)/proof/chains
	$(BUILD)/proof/chains limits 1 $(CHAINS)
	$(BUILD)/proof/chains errors 1 100
	$(BUILD)/proof/chains cost 1 10000

# The figures of the hostile grids once more, in ball arithmetic (Debian: libflint-arb-dev),
# and the models against them.
prove-grids:
	@scripts/deps check
	+@$(QUIETLY) BUILD=$(BUILD) $(BUILD)/unit/model_grids
	$(CC) -O2 -o $(BUILD)/grids tests/oracle/grids.c -lflint-arb -lflint -lm
	for k in 0 1 2 3; do $(BUILD)/grids $$k > $(BUILD)/grid-$$k.txt && cmp $(BUILD)/grid-$$k.txt tests/oracle/grid-$$k.txt || exit 1; done
	$(BUILD)/unit/model_grids --full

P = $(PROGRAM_PREFIX)
INSTALLED_LINKS = $(if $(filter yes,$(BARE_LINKS)),$(LINKS))
# A library to link with, for `pkg-config wend`: its headers, but for what our own build alone needs.
HEADERS = $(filter-out include/wend/banned.h,$(wildcard include/wend/*.h))

install: all lib
	install -d $(DESTDIR)$(BINDIR) $(DESTDIR)$(DATADIR)/presets $(DESTDIR)$(COMPDIR) $(DESTDIR)$(ZSHDIR) $(DESTDIR)$(FISHDIR)
	install -d $(DESTDIR)$(LIBDIR)/wend $(DESTDIR)$(PKGCONFIGDIR) $(DESTDIR)$(INCLUDEDIR)/wend
	install -m 755 $(BUILD)/bin/wend $(DESTDIR)$(BINDIR)/$(P)wend
	install -m 644 $(BUILD)/wend.so $(DESTDIR)$(LIBDIR)/wend/wend.so
	for n in $(INSTALLED_LINKS); do ln -sf $(P)wend $(DESTDIR)$(BINDIR)/$(P)$$n; done
	for p in $(PRESETS); do install -m 644 $$p $(DESTDIR)$(DATADIR)/presets/ || exit 1; done
	sed "s/^_wend_prefix=''/_wend_prefix='$(P)'/" share/completions/wend.bash > $(DESTDIR)$(COMPDIR)/$(P)wend
	sed "s/^_wend_prefix=''/_wend_prefix='$(P)'/;1s/ \([a-z]\)/ $(P)\1/g" share/completions/_wend > $(DESTDIR)$(ZSHDIR)/_$(P)wend
	sed "s/^set -g __wend_prefix ''/set -g __wend_prefix '$(P)'/" share/completions/wend.fish > $(DESTDIR)$(FISHDIR)/$(P)wend.fish
	chmod 644 $(DESTDIR)$(COMPDIR)/$(P)wend $(DESTDIR)$(ZSHDIR)/_$(P)wend $(DESTDIR)$(FISHDIR)/$(P)wend.fish
	for n in $(INSTALLED_LINKS); do ln -sf $(P)wend $(DESTDIR)$(COMPDIR)/$(P)$$n; ln -sf $(P)wend.fish $(DESTDIR)$(FISHDIR)/$(P)$$n.fish; done
	for p in $(PAGES); do s=$${p##*.}; n=$${p##*/}; test $$s != 1 || n=$(P)$$n; \
		install -d $(DESTDIR)$(MANDIR)/man$$s && install -m 644 $$p $(DESTDIR)$(MANDIR)/man$$s/$$n || exit 1; done
	for n in $(INSTALLED_LINKS); do test ! -f man/wend-$$n.1 || ln -sf $(P)wend-$$n.1 $(DESTDIR)$(MANDIR)/man1/$(P)$$n.1; done
	install -m 644 $(BUILD)/libwend.a $(DESTDIR)$(LIBDIR)/libwend.a
	install -m 644 $(HEADERS) $(DESTDIR)$(INCLUDEDIR)/wend/
	sed 's,@PREFIX@,$(PREFIX),;s,@LIBDIR@,$(LIBDIR),;s,@INCLUDEDIR@,$(INCLUDEDIR),;s,@VERSION@,$(VERSION),' share/wend.pc.in > $(DESTDIR)$(PKGCONFIGDIR)/wend.pc
	chmod 644 $(DESTDIR)$(PKGCONFIGDIR)/wend.pc

# Folders that are ours alone go too. Shared ones stay; in a DESTDIR they go when empty.
uninstall:
	rm -f $(DESTDIR)$(BINDIR)/$(P)wend $(DESTDIR)$(COMPDIR)/$(P)wend $(DESTDIR)$(ZSHDIR)/_$(P)wend $(DESTDIR)$(FISHDIR)/$(P)wend.fish
	rm -f $(DESTDIR)$(LIBDIR)/wend/wend.so $(DESTDIR)$(LIBDIR)/libwend.a $(DESTDIR)$(PKGCONFIGDIR)/wend.pc
	for n in $(LINKS); do rm -f $(DESTDIR)$(BINDIR)/$(P)$$n $(DESTDIR)$(COMPDIR)/$(P)$$n $(DESTDIR)$(FISHDIR)/$(P)$$n.fish $(DESTDIR)$(MANDIR)/man1/$(P)$$n.1; done
	for p in $(notdir $(PAGES)); do s=$${p##*.}; test $$s != 1 || p=$(P)$$p; rm -f $(DESTDIR)$(MANDIR)/man$$s/$$p; done
	for p in $(notdir $(PRESETS)); do rm -f $(DESTDIR)$(DATADIR)/presets/$$p; done
	for h in $(notdir $(HEADERS)); do rm -f $(DESTDIR)$(INCLUDEDIR)/wend/$$h; done
	for d in $(DATADIR)/presets $(DATADIR) $(LIBDIR)/wend $(INCLUDEDIR)/wend; do rmdir $(DESTDIR)$$d 2>/dev/null || :; done
	test -z "$(DESTDIR)" || for d in $(BINDIR) $(COMPDIR) $(ZSHDIR) $(FISHDIR) $(DATADIR) $(PKGCONFIGDIR) $(LIBDIR) $(INCLUDEDIR) $(foreach s,1 5 7,$(MANDIR)/man$(s)); do \
		d=$${d#/}; while test "$$d" != . && (cd "$(DESTDIR)" && rmdir "$$d" 2>/dev/null || test ! -d "$$d"); do d=$$(dirname "$$d"); done; done

# A Debian package of what `install` installs.
deb: all lib
	@BUILD=$(BUILD) VERSION=$(VERSION) MAKE="$(MAKE)" scripts/make-deb

# The commit as an archive: the same bytes whoever makes it.
dist:
	@mkdir -p $(BUILD)
	git archive --format=tar --prefix=wend-$(VERSION)/ HEAD | gzip -n -9 > $(BUILD)/wend-$(VERSION).tar.gz

clean:
	rm -rf $(BUILD)

-include $(LIB_OBJ:.o=.d) $(EXT_OBJ:.o=.d) $(CMD_OBJ:.o=.d) $(UNIT:=.d) $(CONF:=.d) $(HELPER:=.d)
.PHONY: $(filter prove-%,$(MAKECMDGOALS)) all lib units tests demo check check-full bench benches lint coverage fuzz fuzzers install uninstall dist deb clean
