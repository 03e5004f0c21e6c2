# bp: build, test, install. GNU make; `make help` lists the targets.

PREFIX   ?= /usr/local
BINDIR   ?= $(PREFIX)/bin
MANDIR   ?= $(PREFIX)/share/man
BASHCOMPDIR ?= $(PREFIX)/share/bash-completion/completions
ZSHCOMPDIR  ?= $(PREFIX)/share/zsh/site-functions
FISHCOMPDIR ?= $(PREFIX)/share/fish/vendor_completions.d

BUILD    ?= build
CC       ?= cc
PKG_CONFIG ?= pkg-config
INSTALL  ?= install
CFLAGS   ?= -O2 -g

# The layers, lowest first: a file includes headers of its own layer or of one further left.
LAYERS   ?= base json model schema diff render sign git net store apply engine

# What it is built with: pkg-config names, and the Debian packages that carry them.
PKGS       := libcjson yaml-0.1 libgit2
BUILD_DEPS := gcc libc6-dev pkg-config libcjson-dev libyaml-dev libgit2-dev
DEMO_DEPS  := $(BUILD_DEPS) git jq
CHECK_DEPS := $(DEMO_DEPS) bats bats-assert bats-support libcmocka-dev mandoc clang clang-format \
	shellcheck procps strace zsh fish
BENCH_DEPS := $(DEMO_DEPS) hyperfine time
FUZZ_DEPS  := $(BUILD_DEPS) clang libclang-rt-14-dev

WARN := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith \
	-Wwrite-strings -Wundef -Wvla -Wcast-qual -Wformat=2 -Wno-missing-field-initializers
WERROR ?= 1
ifeq ($(WERROR),1)
WARN += -Werror
endif

HARDEN := -fstack-protector-strong -fPIE
ifndef SANITIZE
HARDEN += -D_FORTIFY_SOURCE=2
endif
SAN_FLAGS := $(if $(SANITIZE),-fsanitize=$(SANITIZE) -fno-sanitize-recover=all -fno-omit-frame-pointer)

PKG_CFLAGS := $(shell $(PKG_CONFIG) --cflags $(PKGS) 2>/dev/null)
PKG_LIBS   := $(shell $(PKG_CONFIG) --libs $(PKGS) 2>/dev/null)

ALL_CPPFLAGS := -iquote lib -D_GNU_SOURCE $(PKG_CFLAGS) $(CPPFLAGS)
ALL_CFLAGS   := -std=c17 $(WARN) $(HARDEN) -ffunction-sections -fdata-sections $(SAN_FLAGS) $(CFLAGS)
# --as-needed: a command is linked with the libraries it really uses and no others.
ALL_LDFLAGS  := -pie -Wl,--as-needed -Wl,--gc-sections -Wl,-z,relro $(SAN_FLAGS) $(LDFLAGS)

LIB_SRC  := $(foreach l,$(LAYERS),$(wildcard lib/$(l)/*.c))
LIB_OBJ  := $(LIB_SRC:lib/%.c=$(BUILD)/obj/lib/%.o)
LIBBP    := $(BUILD)/libbp.a
CMD_SRC  := $(wildcard bin/*.c)
COMMANDS := $(CMD_SRC:bin/%.c=%)
CMD_BIN  := $(COMMANDS:%=$(BUILD)/%)
UNIT_SRC := $(wildcard tests/unit/test_*.c)
UNIT_BIN := $(UNIT_SRC:tests/unit/%.c=$(BUILD)/unit/%)
FUZZ_SRC := $(wildcard tests/fuzz/fuzz_*.c)
REPLAY_BIN := $(FUZZ_SRC:tests/fuzz/%.c=$(BUILD)/replay/%)
FUZZ_BIN := $(FUZZ_SRC:tests/fuzz/%.c=$(BUILD)/fuzz/%)

V ?= 0
Q := $(if $(filter 0,$(V)),@,)
say = $(if $(filter 0,$(V)),@printf '  %-7s %s\n' '$(1)' '$(2)')

all: $(CMD_BIN)

lib: $(LIBBP)

$(LIBBP): $(LIB_OBJ)
	$(call say,AR,$@)
	$(Q)rm -f $@ && $(AR) rcs $@ $(LIB_OBJ)

# A changed flag rebuilds, and so does a file that came or went, however old it is.
FLAGS_NOW := $(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) $(ALL_LDFLAGS) $(LIB_SRC)
$(BUILD)/flags: FORCE | pkgs
	@mkdir -p $(@D)
	@printf '%s\n' '$(FLAGS_NOW)' | cmp -s - $@ || printf '%s\n' '$(FLAGS_NOW)' > $@

$(BUILD)/obj/%.o: %.c $(BUILD)/flags
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

$(CMD_BIN): $(BUILD)/%: $(BUILD)/obj/bin/%.o $(LIBBP)
	$(call say,LD,$@)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $< $(LIBBP) $(PKG_LIBS) $(LDLIBS)

$(UNIT_BIN): $(BUILD)/unit/%: $(BUILD)/obj/tests/unit/%.o $(LIBBP)
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $< $(LIBBP) $(PKG_LIBS) -lcmocka $(LDLIBS)

# What the crash tests preload into the programs under test; never with their sanitizers.
$(BUILD)/crash.so: tests/tools/crash_preload.c $(BUILD)/flags
	$(call say,LD,$@)
	$(Q)$(CC) -std=c17 -D_GNU_SOURCE $(WARN) -O2 -fPIC -shared -o $@ $< -ldl

# The same targets twice: with a driver that replays a corpus, and with the fuzzing engine.
$(REPLAY_BIN): $(BUILD)/replay/%: $(BUILD)/obj/tests/fuzz/%.o \
	$(BUILD)/obj/tests/fuzz/replay.o $(LIBBP)
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(PKG_LIBS) $(LDLIBS)

FUZZ_FLAGS := -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all -O1 -g
$(FUZZ_BIN): $(BUILD)/fuzz/%: tests/fuzz/%.c $(LIB_SRC) $(BUILD)/flags
	$(call say,FUZZ,$@)
	@mkdir -p $(@D)
	$(Q)clang -std=c17 $(ALL_CPPFLAGS) $(FUZZ_FLAGS) -o $@ $< $(LIB_SRC) $(PKG_LIBS) $(LDLIBS)

-include $(LIB_OBJ:.o=.d) $(CMD_SRC:%.c=$(BUILD)/obj/%.d) $(UNIT_SRC:%.c=$(BUILD)/obj/%.d)

units: $(UNIT_BIN) $(BUILD)/crash.so
replays: $(REPLAY_BIN)
fuzzers: $(FUZZ_BIN)

# One clear sentence where a library is missing.
pkgs:
	@for p in $(PKGS); do $(PKG_CONFIG) --exists $$p 2>/dev/null || missing="$$missing $$p"; done; \
	command -v $(firstword $(CC)) >/dev/null 2>&1 || missing="$$missing $(CC)"; \
	[ -z "$$missing" ] || { echo "make: not found:$$missing"; \
	echo "make: on Debian 12: apt-get install $(BUILD_DEPS)"; exit 1; } >&2

# The targets below work as the first command on a fresh machine: they install what they need first,
# and start make anew so that pkg-config is asked again.
NEED := tests/tools/need

demo:
	@$(NEED) $(DEMO_DEPS)
	@$(MAKE) --no-print-directory all
	@BP_BUILD=$(abspath $(BUILD)) tests/demo

check:
	@$(NEED) $(CHECK_DEPS)
	@$(MAKE) --no-print-directory all units replays
	@BP_BUILD=$(abspath $(BUILD)) tests/run $(TESTS)

# The whole suite again, on binaries that stop at the first bad access, undefined behaviour or leak.
asan:
	@$(MAKE) --no-print-directory BUILD=$(BUILD)/asan SANITIZE=address,undefined CFLAGS='-O1 -g' check

lint:
	@$(NEED) $(CHECK_DEPS)
	@$(MAKE) --no-print-directory all
	@BP_BUILD=$(abspath $(BUILD)) V=1 tests/run lint.test

FUZZ_SECONDS ?= 60
fuzz:
	@$(NEED) $(FUZZ_DEPS)
	@$(MAKE) --no-print-directory fuzzers
	@BP_BUILD=$(abspath $(BUILD)) tests/fuzz/run $(FUZZ_SECONDS) $(FUZZ_SRC:tests/fuzz/%.c=%)

bench:
	@$(NEED) $(BENCH_DEPS)
	@$(MAKE) --no-print-directory all
	@BP_BUILD=$(abspath $(BUILD)) tests/bench/run

# What the option tables say, as completions for three shells; committed, and compared by a test.
completions: all
	@BP_BUILD=$(abspath $(BUILD)) completions/generate completions

format:
	clang-format -i $(wildcard lib/*/*.[ch] bin/*.c tests/*/*.[ch])

install: all
	$(INSTALL) -d $(DESTDIR)$(BINDIR) $(DESTDIR)$(MANDIR)/man1 $(DESTDIR)$(MANDIR)/man5 \
		$(DESTDIR)$(MANDIR)/man7 $(DESTDIR)$(BASHCOMPDIR) $(DESTDIR)$(ZSHCOMPDIR) \
		$(DESTDIR)$(FISHCOMPDIR)
	$(INSTALL) -s -m 755 $(CMD_BIN) $(DESTDIR)$(BINDIR)
	for s in 1 5 7; do $(INSTALL) -m 644 man/*.$$s $(DESTDIR)$(MANDIR)/man$$s || exit 1; done
	$(INSTALL) -m 644 completions/_bp $(DESTDIR)$(ZSHCOMPDIR)/_bp
	for c in $(COMMANDS); do \
		$(INSTALL) -m 644 completions/bp.bash $(DESTDIR)$(BASHCOMPDIR)/$$c && \
		$(INSTALL) -m 644 completions/bp.fish $(DESTDIR)$(FISHCOMPDIR)/$$c.fish || exit 1; done

uninstall:
	for c in $(COMMANDS); do rm -f $(DESTDIR)$(BINDIR)/$$c $(DESTDIR)$(BASHCOMPDIR)/$$c \
		$(DESTDIR)$(FISHCOMPDIR)/$$c.fish; done
	for f in $(notdir $(wildcard man/*.[157])); do rm -f $(DESTDIR)$(MANDIR)/man*/$$f; done
	rm -f $(DESTDIR)$(ZSHCOMPDIR)/_bp

clean:
	rm -rf $(BUILD)

help:
	@echo 'all         build the commands into $(BUILD)/ (the default)'
	@echo 'demo        the main job on real input, every command and its output shown'
	@echo 'check       every test; `make check TESTS=bp-diff` for some'
	@echo 'asan        every test under address, undefined and leak sanitizers'
	@echo 'lint        layers, format, banned calls, manual, completions'
	@echo 'bench       speed and memory, as ratios to jq, git and cat'
	@echo 'fuzz        every fuzz target for FUZZ_SECONDS=60'
	@echo 'completions write the shell completions anew; format: clang-format'
	@echo 'install uninstall clean   with PREFIX=$(PREFIX) DESTDIR='

FORCE:
.PHONY: all lib units replays fuzzers pkgs demo check asan lint fuzz bench completions format \
	install uninstall clean help FORCE
