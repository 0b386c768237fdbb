# src/log - see src/LAYERS
noinst_LIBRARIES += src/log/liblog.a
src_log_liblog_a_SOURCES = src/log/counter.cc \
	src/log/counter.h \
	src/log/counters.def \
	src/log/descriptor_sink.cc \
	src/log/descriptor_sink.h \
	src/log/event.h \
	src/log/field.cc \
	src/log/field.h \
	src/log/format.cc \
	src/log/format.h \
	src/log/level.cc \
	src/log/level.h \
	src/log/logger.cc \
	src/log/logger.h \
	src/log/sink.cc \
	src/log/sink.h \
	src/log/syslog_sink.cc \
	src/log/syslog_sink.h \
	src/log/events/all.def \
	src/log/events/auth.def \
	src/log/events/daemon.def \
	src/log/events/filter.def \
	src/log/events/imap.def \
	src/log/events/pop3.def \
	src/log/events/queue.def \
	src/log/events/smtp.def \
	src/log/events/store.def
