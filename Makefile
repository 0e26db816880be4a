# The everyday commands. swift build does the work; see Package.swift.

swift_flags = --explicit-target-dependency-import-check error

.PHONY: help run test build format-check clean

help:
	@echo 'make run           start the servers, the proxy and a shell on this machine'
	@echo 'make test          build everything and run all tests'
	@echo 'make build         build claverod, clavero-proxy and clavero, for debugging'
	@echo 'make format-check  check the format of the Swift sources'
	@echo 'make clean         remove what was built'

# Standard output is the shell's alone, so that a script can be piped through: clavero's answers and nothing else.
run:
	@scripts/install-deps run >&2 </dev/null
	@swift build $(swift_flags) >&2 </dev/null
	@exec scripts/run

test:
	scripts/install-deps test
	timeout --kill-after=10 2400 swift test $(swift_flags)

build:
	scripts/install-deps run
	swift build $(swift_flags)

format-check:
	swift format lint -s -r Package.swift Sources Tests

clean:
	rm -rf .build
