# tests/unit/mail - mirrors src/mail
unit_tests += tests/unit/unit_mail
tests_unit_unit_mail_SOURCES = tests/unit/mail/address_test.cc
tests_unit_unit_mail_SOURCES += tests/unit/mail/address_list_test.cc
tests_unit_unit_mail_SOURCES += tests/unit/mail/casemap_test.cc
tests_unit_unit_mail_SOURCES += tests/unit/mail/charset_test.cc
tests_unit_unit_mail_SOURCES += tests/unit/mail/content_field_test.cc
tests_unit_unit_mail_SOURCES += tests/unit/mail/date_test.cc
tests_unit_unit_mail_SOURCES += tests/unit/mail/encoded_word_test.cc
tests_unit_unit_mail_SOURCES += tests/unit/mail/envelope_test.cc
tests_unit_unit_mail_SOURCES += tests/unit/mail/header_edit_test.cc
tests_unit_unit_mail_SOURCES += tests/unit/mail/header_test.cc
tests_unit_unit_mail_SOURCES += tests/unit/mail/report_test.cc
tests_unit_unit_mail_SOURCES += tests/unit/mail/status_test.cc
tests_unit_unit_mail_SOURCES += tests/unit/mail/structure_test.cc
tests_unit_unit_mail_SOURCES += tests/unit/mail/trace_test.cc
tests_unit_unit_mail_SOURCES += tests/unit/mail/transfer_decoder_test.cc
tests_unit_unit_mail_LDADD = $(UNIT_LIBS)
