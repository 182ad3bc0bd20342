# SPDX-License-Identifier: Apache-2.0
# The whole vocabulary of the project; docs/make.md explains each word on one page.
# BUILD is where everything lands; PREFIX is where `make install` puts it.
BUILD ?= build
PREFIX ?= /usr/local
SEEDS ?= 500
HOURS ?= 100
MINUTES ?= 5
CMAKE_FLAGS ?=
CTEST_FLAGS ?=
JOBS ?= $(shell nproc)
NINJA = ninja -C $(1) -j$(JOBS) --quiet

.PHONY: all demo test bench sim chaos fmt tidy asan tsan install clean deps configure

all: configure
	@$(call NINJA,$(BUILD))

# Installs what is missing; a few milliseconds when nothing is.
deps:
	@scripts/install-deps.sh

# cmake runs again by itself (from ninja) when a CMakeLists.txt changes.
configure: deps
	@test -f $(BUILD)/build.ninja || cmake -S . -B $(BUILD) -G Ninja $(CMAKE_FLAGS) >/dev/null

demo: all
	@BUILD=$(BUILD) scripts/demo.sh

test: all
	@ctest --test-dir $(BUILD) -j$(JOBS) --output-on-failure $(CTEST_FLAGS)

bench: all
	@tests/bench/run.py --build $(BUILD) --write-docs docs/benchmarks.md $(BENCH_FLAGS)

# SEEDS runs and HOURS of virtual time at least; the report goes into docs/simulation.md.
sim: all
	@tests/sim/run.py --build $(BUILD) --seeds $(SEEDS) --hours $(HOURS) \
	  --write-docs docs/simulation.md $(SIM_FLAGS)

# Jobs of real processes that are killed and stopped all the time, for MINUTES; CHAOS_FLAGS: --seed N.
chaos: all
	@tests/cluster/chaos.py --seconds $$(($(MINUTES) * 60)) $(CHAOS_FLAGS) \
	  $(BUILD)/test-bin/chaos_words $(BUILD)/test-bin/chaos_state

fmt: deps
	@git ls-files -z '*.h' '*.cpp' | xargs -0 clang-format-14 -i

tidy: deps
	@tests/tidy/tidy.py

asan:
	@$(MAKE) --no-print-directory test BUILD=$(BUILD)-asan \
	  CMAKE_FLAGS="-DFLINK_SANITIZE=address $(CMAKE_FLAGS)"

tsan:
	@$(MAKE) --no-print-directory test BUILD=$(BUILD)-tsan \
	  CMAKE_FLAGS="-DFLINK_SANITIZE=thread $(CMAKE_FLAGS)"

install: all
	@cmake --install $(BUILD) --prefix $(PREFIX)

clean:
	@rm -rf $(BUILD) $(BUILD)-asan $(BUILD)-tsan
