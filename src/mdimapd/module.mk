# src/mdimapd - the program mdimapd, and its sessions as a library for the dialogue tests
noinst_LIBRARIES += src/mdimapd/libmdimapd.a
src_mdimapd_libmdimapd_a_SOURCES = src/mdimapd/session.cc src/mdimapd/session.h src/mdimapd/input.cc src/mdimapd/services.h \
	src/mdimapd/handlers.cc src/mdimapd/handlers.h src/mdimapd/reply.h src/mdimapd/selected.cc src/mdimapd/selected.h \
	src/mdimapd/mailbox_signals.cc src/mdimapd/mailbox_signals.h src/mdimapd/upkeep.cc src/mdimapd/upkeep.h \
	src/mdimapd/account_quota.cc src/mdimapd/account_quota.h src/mdimapd/verify.cc src/mdimapd/verify.h src/mdimapd/folders.cc src/mdimapd/folders.h \
	src/mdimapd/body_reader.cc src/mdimapd/body_reader.h
src_mdimapd_libmdimapd_a_SOURCES += src/mdimapd/header_summaries.cc src/mdimapd/header_summaries.h \
	src/mdimapd/search_query.cc src/mdimapd/search_query.h src/mdimapd/searching.cc src/mdimapd/searching.h \
	src/mdimapd/slices.cc src/mdimapd/slices.h src/mdimapd/sort_keys.cc src/mdimapd/sort_keys.h
# the commands
src_mdimapd_libmdimapd_a_SOURCES += src/mdimapd/append.cc src/mdimapd/authenticate.cc src/mdimapd/capability.cc \
	src/mdimapd/check.cc src/mdimapd/close.cc src/mdimapd/compress.cc src/mdimapd/copy.cc src/mdimapd/create.cc \
	src/mdimapd/delete.cc src/mdimapd/enable.cc src/mdimapd/expunge.cc src/mdimapd/fetch.cc src/mdimapd/fetch_message.cc \
	src/mdimapd/fetch_message.h src/mdimapd/id.cc src/mdimapd/idle.cc \
	src/mdimapd/list.cc src/mdimapd/list_names.cc src/mdimapd/list_names.h src/mdimapd/login.cc src/mdimapd/logout.cc \
	src/mdimapd/namespace.cc src/mdimapd/noop.cc src/mdimapd/quota.cc src/mdimapd/rename.cc src/mdimapd/search.cc \
	src/mdimapd/select.cc src/mdimapd/sort.cc src/mdimapd/starttls.cc src/mdimapd/status.cc src/mdimapd/store.cc \
	src/mdimapd/subscribe.cc src/mdimapd/thread.cc src/mdimapd/unselect.cc

sbin_PROGRAMS += src/mdimapd/mdimapd
src_mdimapd_mdimapd_SOURCES = src/mdimapd/main.cc src/mdimapd/worker.cc src/mdimapd/worker.h
src_mdimapd_mdimapd_LDADD = src/mdimapd/libmdimapd.a $(MD_LIBS) $(MD_SYSTEM_LIBS)
