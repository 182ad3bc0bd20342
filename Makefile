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
# What ninja says: files done of all, the time so far, the last file begun.
export NINJA_STATUS = [%f of %t, %e s] 
NINJA = ninja -C $(1) -j$(JOBS)

.PHONY: all demo test bench bench-nexmark sim chaos fmt tidy asan tsan install clean deps configure \
  flinkc package test-package

all: configure
	@$(call NINJA,$(BUILD))

# Installs what is missing; a few milliseconds when nothing is.
deps:
	@scripts/install-deps.sh

# cmake runs again by itself (from ninja) when a CMakeLists.txt changes.
CONFIGURE = cmake -S . -B $(BUILD) -G Ninja $(CMAKE_FLAGS) >/dev/null
configure: deps
	@grep -qs '^FLINK_TESTS:BOOL=ON' $(BUILD)/CMakeCache.txt || \
	  { echo "configuring $(BUILD)"; $(CONFIGURE) -DFLINK_TESTS=ON; }

# flinkc, flinkctl and the runtime, without anything of tests.
flinkc:
	@scripts/install-deps.sh build
	@test -f $(BUILD)/build.ninja || \
	  { echo "configuring $(BUILD)"; $(CONFIGURE) -DFLINK_TESTS=OFF; }
	@$(call NINJA,$(BUILD)) flinkc flinkctl

demo: flinkc
	@BUILD=$(BUILD) scripts/demo.sh

test: all
	@ctest --test-dir $(BUILD) -j$(JOBS) --output-on-failure $(CTEST_FLAGS)

bench: all
	@tests/bench/run.py --build $(BUILD) --write-docs docs/benchmarks.md $(BENCH_FLAGS)

bench-nexmark: all
	@tests/bench/nexmark.py --build $(BUILD) --write-docs docs/nexmark.md $(BENCH_FLAGS)

# SEEDS runs and HOURS of virtual time at least; the report goes into docs/simulation.md.
sim: all
	@tests/sim/run.py --build $(BUILD) --seeds $(SEEDS) --hours $(HOURS) \
	  --write-docs docs/simulation.md $(SIM_FLAGS)

# Jobs of real processes that are killed and stopped all the time, for MINUTES; CHAOS_FLAGS: --seed N.
chaos: all
	@tests/cluster/chaos.py --seconds $$(($(MINUTES) * 60)) $(CHAOS_FLAGS) \
	  $(BUILD)/test-bin/chaos_words $(BUILD)/test-bin/chaos_state

fmt:
	@scripts/install-deps.sh fmt
	@git ls-files -z '*.h' '*.cpp' | xargs -0 clang-format-14 -i

tidy: deps
	@tests/tidy/tidy.py

asan:
	@$(MAKE) --no-print-directory test BUILD=$(BUILD)-asan \
	  CMAKE_FLAGS="-DFLINK_SANITIZE=address $(CMAKE_FLAGS)"

tsan:
	@$(MAKE) --no-print-directory test BUILD=$(BUILD)-tsan \
	  CMAKE_FLAGS="-DFLINK_SANITIZE=thread $(CMAKE_FLAGS)"

install: flinkc
	@cmake --install $(BUILD) --prefix $(PREFIX)

# A .deb and a .tar.zst of what `make install` installs, with manual pages and completions.
package: flinkc
	@scripts/install-deps.sh package
	@scripts/package.sh $(BUILD)

# As root, with network: the package in a clean Debian, from nothing to a job's first result.
test-package: package
	@tests/package/clean_root.sh $(BUILD)

clean:
	@rm -rf $(BUILD) $(BUILD)-asan $(BUILD)-tsan
