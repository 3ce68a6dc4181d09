# wend: customer-journey analytics. `make demo` and `make check` do everything.
PREFIX  ?= /usr/local
BINDIR  ?= $(PREFIX)/bin
MANDIR  ?= $(PREFIX)/share/man
DATADIR ?= $(PREFIX)/share/wend
DESTDIR ?=
BUILD   ?= build
CC      ?= cc
CFLAGS  ?= -O2 -g
VERSION := 0.1.0

WARN := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wformat=2 -Wwrite-strings
ifdef WERROR
WARN += -Werror
endif
ALL_CFLAGS = -std=c11 -D_GNU_SOURCE -pthread $(WARN) -Iinclude -Isrc -include wend/banned.h -DWEND_VERSION='"$(VERSION)"' -DWEND_DATADIR='"$(DATADIR)"' -ffile-prefix-map=$(CURDIR)=. $(CFLAGS)
LIBS = -lsqlite3 -lcsv -lsodium -lutf8proc -linih -lxxhash -lz -lm -pthread

LIB_SRC := $(wildcard src/base/*.c src/csv/*.c src/num/*.c src/model/*.c src/store/*.c src/journey/*.c src/metric/*.c src/ingest/*.c src/out/*.c)
CMD_SRC := $(wildcard src/main.c src/cmd/*.c)
LIB_OBJ := $(LIB_SRC:%.c=$(BUILD)/%.o)
CMD_OBJ := $(CMD_SRC:%.c=$(BUILD)/%.o)
UNIT    := $(patsubst tests/unit/%.c,$(BUILD)/unit/%,$(wildcard tests/unit/*.c))

all: $(BUILD)/bin/wend
lib: $(BUILD)/libwend.a
units: $(UNIT)

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/libwend.a: $(LIB_OBJ)
	@rm -f $@
	ar rcsD $@ $^

$(BUILD)/bin/wend: $(CMD_OBJ) $(BUILD)/libwend.a
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $(CMD_OBJ) $(BUILD)/libwend.a $(LIBS)
	@for n in ingest ltv churn touchpoints; do ln -sf wend $(BUILD)/bin/$$n; done

# A unit test is one file that includes nothing but headers; it links the library.
$(BUILD)/unit/%: tests/unit/%.c $(BUILD)/libwend.a
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -Wno-missing-prototypes $(LDFLAGS) -MMD -MP -o $@ $< $(BUILD)/libwend.a -lcmocka $(LIBS)

clean:
	rm -rf $(BUILD)

-include $(LIB_OBJ:.o=.d) $(CMD_OBJ:.o=.d) $(UNIT:=.d)
.PHONY: all lib units clean
