# What is installed, and where. PREFIX and DESTDIR are as GNU has them; DESTDIR stands before every path.

PREFIX = /usr/local
bindir = $(PREFIX)/bin
sbindir = $(PREFIX)/sbin
mandir = $(PREFIX)/share/man
# Not below PREFIX, since the units name what is in there, and operators look for it here.
sysconfdir = /etc
unitdir = $(PREFIX)/lib/systemd/system
sysusersdir = $(PREFIX)/lib/sysusers.d
tmpfilesdir = $(PREFIX)/lib/tmpfiles.d
bashdir = $(PREFIX)/share/bash-completion/completions
zshdir = $(PREFIX)/share/zsh/site-functions
fishdir = $(PREFIX)/share/fish/vendor_completions.d
exampledir = $(PREFIX)/share/doc/clavero/examples

# The programs that are installed: those of the release, which is built first. `make install programs=DIR` installs
# others, and builds nothing, as root had better not.
programs = .build-release/release

daemons = claverod clavero-proxy
pages = $(notdir $(wildcard man/*.[1-8]))
units = $(notdir $(wildcard packaging/systemd/*.service packaging/systemd/*.timer))
dropins = clavero-.service.d
settings = $(notdir $(wildcard packaging/conf/*.conf))
# The files below sysconfdir, which operators change: each with its directory there.
configuration = $(settings:%=packaging/conf/%:clavero) packaging/logrotate.d/clavero:logrotate.d
# Clients, plugins, and what other programs need to run or watch a site: a folder each.
examples = $(wildcard Examples/clients/* Examples/plugins/* Examples/kubernetes/* packaging/grafana/* \
    packaging/prometheus/*)

# Where a page belongs: man8/claverod.8.
section = man$(subst .,,$(suffix $(1)))/$(1)

installed = $(bindir)/clavero $(daemons:%=$(sbindir)/%) \
    $(foreach page,$(pages),$(mandir)/$(call section,$(page))) \
    $(foreach program,clavero $(daemons),$(bashdir)/$(program) $(zshdir)/_$(program) $(fishdir)/$(program).fish) \
    $(units:%=$(unitdir)/%) $(unitdir)/$(dropins)/10-hardening.conf \
    $(sysusersdir)/clavero.conf $(tmpfilesdir)/clavero.conf

.PHONY: install uninstall

install: $(if $(filter file,$(origin programs)),release)
	install -d $(foreach directory,$(sort $(dir $(installed))) $(sysconfdir)/clavero $(sysconfdir)/logrotate.d, \
	    "$(DESTDIR)$(directory)")
	install -s "$(programs)/clavero" "$(DESTDIR)$(bindir)"
	install -s $(foreach daemon,$(daemons),"$(programs)/$(daemon)") "$(DESTDIR)$(sbindir)"
	for page in $(pages); do install -m 644 man/$$page "$(DESTDIR)$(mandir)/man$${page##*.}" || exit; done
	@# bash reads it, and runs no program: a first line that names one is wrong there.
	for program in clavero $(daemons); do \
	    "$(programs)/$$program" --generate-completion-script bash | sed '1{/^#!/d}' \
	        >"$(DESTDIR)$(bashdir)/$$program" && \
	    "$(programs)/$$program" --generate-completion-script zsh >"$(DESTDIR)$(zshdir)/_$$program" && \
	    "$(programs)/$$program" --generate-completion-script fish >"$(DESTDIR)$(fishdir)/$$program.fish" || \
	        exit; done
	for unit in $(units); do \
	    sed -e 's|@sbindir@|$(sbindir)|' -e 's|@sysconfdir@|$(sysconfdir)|' packaging/systemd/$$unit \
	        >"$(DESTDIR)$(unitdir)/$$unit" || exit; done
	install -m 644 packaging/systemd/$(dropins)/10-hardening.conf "$(DESTDIR)$(unitdir)/$(dropins)"
	install -m 644 packaging/sysusers.d/clavero.conf "$(DESTDIR)$(sysusersdir)"
	install -m 644 packaging/tmpfiles.d/clavero.conf "$(DESTDIR)$(tmpfilesdir)"
	for file in $(examples); do \
	    mode=644; [ ! -x $$file ] || mode=755; \
	    directory=$${file%/*}; \
	    install -D -m $$mode $$file "$(DESTDIR)$(exampledir)/$${directory##*/}/$${file##*/}" || exit; done
	@# What an operator has changed stays.
	for pair in $(configuration); do \
	    file=$${pair%:*}; target="$(DESTDIR)$(sysconfdir)/$${pair#*:}/$${file##*/}"; \
	    [ -e "$$target" ] || install -m 644 $$file "$$target" || exit; done

# Settings that an operator has changed stay, and so does the site.
uninstall:
	rm -f $(foreach file,$(installed),"$(DESTDIR)$(file)")
	rm -rf "$(DESTDIR)$(exampledir)"
	for pair in $(configuration); do \
	    file=$${pair%:*}; target="$(DESTDIR)$(sysconfdir)/$${pair#*:}/$${file##*/}"; \
	    ! cmp -s $$file "$$target" || rm "$$target" || exit; done
	for directory in $(unitdir)/$(dropins) $(sysconfdir)/clavero $(dir $(exampledir)); do \
	    [ ! -d "$(DESTDIR)$$directory" ] || rmdir --ignore-fail-on-non-empty "$(DESTDIR)$$directory" || exit; done
