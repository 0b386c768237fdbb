# src/daemon - see src/LAYERS
noinst_LIBRARIES += src/daemon/libdaemon.a
src_daemon_libdaemon_a_SOURCES = src/daemon/backoff.h src/daemon/child.h src/daemon/contain.cc src/daemon/contain.h \
	src/daemon/listening.cc src/daemon/listening.h src/daemon/notify.cc src/daemon/notify.h \
	src/daemon/parent_channel.cc src/daemon/parent_channel.h src/daemon/program.h src/daemon/sessions.h \
	src/daemon/users.cc src/daemon/users.h
