# src/config - see src/LAYERS
noinst_LIBRARIES += src/config/libconfig.a
config_options = src/config/options/all.def src/config/options/auth.def src/config/options/daemon.def src/config/options/dns.def \
	src/config/options/filter.def src/config/options/general.def src/config/options/imap.def \
	src/config/options/intake.def src/config/options/limits.def src/config/options/listener.def \
	src/config/options/dsn.def src/config/options/log.def src/config/options/pop3.def src/config/options/queue.def \
	src/config/options/relay.def src/config/options/remote.def src/config/options/route.def src/config/options/smtp.def src/config/options/store.def \
	src/config/options/submission.def
src_config_libconfig_a_SOURCES = src/config/config.cc src/config/config.h src/config/document.cc \
	src/config/document.h src/config/edit.cc src/config/edit.h src/config/emit.cc src/config/emit.h src/config/fault.cc src/config/fault.h src/config/manual.cc src/config/manual.h \
	src/config/options.cc src/config/options.h src/config/route.cc src/config/route.h src/config/schema.cc src/config/schema.h src/config/sendmail_options.h src/config/syntax.cc \
	src/config/syntax.h src/config/text_lines.cc src/config/text_lines.h src/config/value.cc src/config/value.h $(config_options)
