# src/mdsmtpd - the program mdsmtpd, and its sessions as a library for the dialogue tests
noinst_LIBRARIES += src/mdsmtpd/libmdsmtpd.a
src_mdsmtpd_libmdsmtpd_a_SOURCES = src/mdsmtpd/services.h
src_mdsmtpd_libmdsmtpd_a_SOURCES += src/mdsmtpd/bdat.cc
src_mdsmtpd_libmdsmtpd_a_SOURCES += src/mdsmtpd/chunks.cc src/mdsmtpd/chunks.h
src_mdsmtpd_libmdsmtpd_a_SOURCES += src/mdsmtpd/counting.cc
src_mdsmtpd_libmdsmtpd_a_SOURCES += src/mdsmtpd/data.cc
src_mdsmtpd_libmdsmtpd_a_SOURCES += src/mdsmtpd/filter_reply.cc src/mdsmtpd/filter_reply.h
src_mdsmtpd_libmdsmtpd_a_SOURCES += src/mdsmtpd/inbound.cc src/mdsmtpd/inbound.h
src_mdsmtpd_libmdsmtpd_a_SOURCES += src/mdsmtpd/login.cc
src_mdsmtpd_libmdsmtpd_a_SOURCES += src/mdsmtpd/relay_rates.cc src/mdsmtpd/relay_rates.h
src_mdsmtpd_libmdsmtpd_a_SOURCES += src/mdsmtpd/session.cc src/mdsmtpd/session.h
src_mdsmtpd_libmdsmtpd_a_SOURCES += src/mdsmtpd/submission.cc
src_mdsmtpd_libmdsmtpd_a_SOURCES += src/mdsmtpd/transaction.cc
src_mdsmtpd_libmdsmtpd_a_SOURCES += src/mdsmtpd/xclient.cc
sbin_PROGRAMS += src/mdsmtpd/mdsmtpd
src_mdsmtpd_mdsmtpd_SOURCES = src/mdsmtpd/main.cc src/mdsmtpd/worker.cc src/mdsmtpd/worker.h
src_mdsmtpd_mdsmtpd_LDADD = src/mdsmtpd/libmdsmtpd.a $(MD_LIBS) $(MD_SYSTEM_LIBS)
