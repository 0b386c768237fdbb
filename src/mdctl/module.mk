# src/mdctl - the program mdctl; all but main.cc is a library, for its tests
noinst_LIBRARIES += src/mdctl/libmdctl.a
src_mdctl_libmdctl_a_SOURCES = \
	src/mdctl/account.cc \
	src/mdctl/account_csv.cc \
	src/mdctl/account_forward.cc \
	src/mdctl/account_ldif.cc \
	src/mdctl/account_login.cc \
	src/mdctl/account_lookup.cc \
	src/mdctl/account_rows.h \
	src/mdctl/account_state.cc \
	src/mdctl/account_transfer.cc \
	src/mdctl/account_view.cc \
	src/mdctl/account_view.h \
	src/mdctl/addresses.cc \
	src/mdctl/addresses.h \
	src/mdctl/alias.cc \
	src/mdctl/ask.cc \
	src/mdctl/ask.h \
	src/mdctl/ban.cc \
	src/mdctl/cert.cc \
	src/mdctl/certificate.cc \
	src/mdctl/certificate.h \
	src/mdctl/certificate_file.cc \
	src/mdctl/certificate_file.h \
	src/mdctl/command.cc \
	src/mdctl/command.h \
	src/mdctl/command_line.cc \
	src/mdctl/command_line.h \
	src/mdctl/completion.cc \
	src/mdctl/completion.h \
	src/mdctl/config_file.cc \
	src/mdctl/config_file.h \
	src/mdctl/config_noun.cc \
	src/mdctl/context.cc \
	src/mdctl/context.h \
	src/mdctl/control.cc \
	src/mdctl/control.h \
	src/mdctl/daemons.cc \
	src/mdctl/domain.cc \
	src/mdctl/domain_change.cc \
	src/mdctl/filter.cc \
	src/mdctl/init.cc \
	src/mdctl/kept_query.cc \
	src/mdctl/kept_query.h \
	src/mdctl/late_files.cc \
	src/mdctl/late_files.h \
	src/mdctl/list_stream.cc \
	src/mdctl/list_stream.h \
	src/mdctl/lists.cc \
	src/mdctl/log.cc \
	src/mdctl/log_follower.cc \
	src/mdctl/log_follower.h \
	src/mdctl/log_line.cc \
	src/mdctl/log_line.h \
	src/mdctl/mailbox.cc \
	src/mdctl/mailbox_messages.cc \
	src/mdctl/mailbox_transfer.cc \
	src/mdctl/mailbox_transfer.h \
	src/mdctl/manual.cc \
	src/mdctl/new_secret.h \
	src/mdctl/owner_files.cc \
	src/mdctl/owner_files.h \
	src/mdctl/pages.cc \
	src/mdctl/pages.h \
	src/mdctl/policy_access.cc \
	src/mdctl/policy_access.h \
	src/mdctl/process.cc \
	src/mdctl/process.h \
	src/mdctl/quarantine.cc \
	src/mdctl/queue.cc \
	src/mdctl/queue_access.cc \
	src/mdctl/queue_access.h \
	src/mdctl/queue_acts.cc \
	src/mdctl/queue_destinations.cc \
	src/mdctl/queue_nouns.h \
	src/mdctl/queue_plans.cc \
	src/mdctl/queue_selection.cc \
	src/mdctl/queue_selection.h \
	src/mdctl/refusals.cc \
	src/mdctl/refusals.h \
	src/mdctl/sendmail_page.cc \
	src/mdctl/sessions.cc \
	src/mdctl/sessions.h \
	src/mdctl/stats.cc \
	src/mdctl/store_access.cc \
	src/mdctl/store_access.h \
	src/mdctl/store_noun.cc

bin_PROGRAMS += src/mdctl/mdctl
src_mdctl_mdctl_SOURCES = src/mdctl/main.cc
src_mdctl_mdctl_LDADD = src/mdctl/libmdctl.a $(MD_LIBS) $(MD_SYSTEM_LIBS)

# Made as the manual pages are.
bashcompletiondir = $(datadir)/bash-completion/completions
nodist_bashcompletion_DATA = completion/mdctl
CLEANFILES += completion/mdctl
completion/mdctl: src/mdctl/mdctl$(EXEEXT)
	$(AM_V_GEN)$(MKDIR_P) completion && src/mdctl/mdctl$(EXEEXT) completion bash >$@.new && mv $@.new $@

include tests/unit/mdctl/module.mk
