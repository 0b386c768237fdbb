# bench - figures beside those of Postfix and Dovecot; and how the time for hostile messages grows; built and run by hand: make bench-programs && bench/run --programs .
EXTRA_PROGRAMS += bench/smtp_load bench/smtp_sink bench/linear bench/lists
bench_smtp_load_SOURCES = bench/smtp_load.cc
bench_smtp_load_LDADD = $(OPENSSL_LIBS) -lpthread
bench_smtp_sink_SOURCES = bench/smtp_sink.cc
bench_linear_SOURCES = bench/linear.cc
bench_linear_LDADD = src/proto/libproto.a src/mail/libmail.a src/base/libbase.a $(MD_SYSTEM_LIBS)
bench_lists_SOURCES = bench/lists.cc
bench_lists_LDADD = src/policy/libpolicy.a src/mail/libmail.a src/base/libbase.a $(MD_SYSTEM_LIBS)
CLEANFILES += bench/smtp_load bench/smtp_sink bench/linear bench/lists
EXTRA_DIST += bench/run bench/idle.py bench/mailbox.py bench/mailgen.py bench/meters.py bench/relaying.py bench/servers.py bench/wire.py

bench-programs: bench/smtp_load bench/smtp_sink bench/linear bench/lists
.PHONY: bench-programs
