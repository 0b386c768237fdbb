# src/daemon - see src/LAYERS
noinst_LIBRARIES += src/daemon/libdaemon.a
src_daemon_libdaemon_a_SOURCES = src/daemon/account_pools.cc src/daemon/account_pools.h src/daemon/arguments.cc src/daemon/arguments.h src/daemon/auth_role.cc \
	src/daemon/auth_role.h src/daemon/backoff.h src/daemon/child.cc src/daemon/child.h src/daemon/child_process.cc \
	src/daemon/child_setup.h src/daemon/connection_table.cc src/daemon/connection_table.h src/daemon/contain.cc \
	src/daemon/contain.h src/daemon/control.cc src/daemon/counter_book.cc src/daemon/counter_book.h src/daemon/control_protocol.h src/daemon/door.cc src/daemon/door.h src/daemon/generation.cc \
	src/daemon/generation.h src/daemon/identity.cc src/daemon/identity.h src/daemon/instance_lock.cc \
	src/daemon/instance_lock.h src/daemon/listening.cc src/daemon/listening.h src/daemon/notify.cc \
	src/daemon/notify.h src/daemon/parent_channel.cc src/daemon/parent_channel.h src/daemon/program.cc \
	src/daemon/program.h src/daemon/proxied.cc src/daemon/proxied.h src/daemon/reload.cc src/daemon/session_book.cc src/daemon/session_book.h \
	src/daemon/session_requests.cc src/daemon/sessions.cc src/daemon/sessions.h src/daemon/signals.cc \
	src/daemon/signals.h src/daemon/srs_secret.cc src/daemon/srs_secret.h src/daemon/supervisor.cc src/daemon/supervisor.h src/daemon/trees.cc src/daemon/trees.h \
	src/daemon/user_names.cc src/daemon/user_names.h src/daemon/users.cc src/daemon/users.h
