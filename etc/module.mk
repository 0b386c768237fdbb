# etc - the sample of the configuration, made by mdctl from the table of options; texts of reports in other languages
nodist_doc_DATA = etc/mdmail.conf.sample
CLEANFILES += etc/mdmail.conf.sample

etc/mdmail.conf.sample: src/mdctl/mdctl$(EXEEXT)
	$(AM_V_GEN)$(MKDIR_P) etc && src/mdctl/mdctl$(EXEEXT) manual mdmail.conf.sample >$@.new && mv $@.new $@

# They are the administrator's once they are there: what he has changed is neither overwritten nor taken away.
report_texts = etc/reports/de.delay etc/reports/de.failure etc/reports/de.success \
	etc/reports/zh.delay etc/reports/zh.failure etc/reports/zh.success
EXTRA_DIST += $(report_texts)

install-data-local:
	$(MKDIR_P) "$(DESTDIR)$(sysconfdir)/mdmail/reports"
	@for text in $(report_texts); do to="$(DESTDIR)$(sysconfdir)/mdmail/reports/$${text##*/}"; \
		test -e "$$to" || $(INSTALL_DATA) "$(srcdir)/$$text" "$$to" || exit 1; done

uninstall-local:
	@for text in $(report_texts); do to="$(DESTDIR)$(sysconfdir)/mdmail/reports/$${text##*/}"; \
		if cmp -s "$(srcdir)/$$text" "$$to"; then rm -f "$$to"; fi; done
	-rmdir "$(DESTDIR)$(sysconfdir)/mdmail/reports" 2>/dev/null
