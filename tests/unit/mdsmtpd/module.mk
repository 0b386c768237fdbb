# tests/unit/mdsmtpd - mirrors src/mdsmtpd; its sessions are tested by tests/dialogue/smtp
unit_tests += tests/unit/unit_mdsmtpd
tests_unit_unit_mdsmtpd_SOURCES = tests/unit/mdsmtpd/filter_reply_test.cc
tests_unit_unit_mdsmtpd_LDADD = src/mdsmtpd/libmdsmtpd.a $(UNIT_LIBS)
