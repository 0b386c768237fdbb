# bench - figures beside those of Postfix and Dovecot; built and run by hand: make bench-programs && bench/run --programs .
EXTRA_PROGRAMS += bench/smtp_load
bench_smtp_load_SOURCES = bench/smtp_load.cc
bench_smtp_load_LDADD = -lpthread
CLEANFILES += bench/smtp_load
EXTRA_DIST += bench/run bench/idle.py bench/mailbox.py bench/mailgen.py bench/meters.py bench/servers.py bench/wire.py

bench-programs: bench/smtp_load
.PHONY: bench-programs
