# tests/unit/sendmail - mirrors src/sendmail
unit_tests += tests/unit/unit_sendmail
tests_unit_unit_sendmail_SOURCES = tests/unit/sendmail/draft_test.cc
tests_unit_unit_sendmail_SOURCES += tests/unit/sendmail/hand_through_test.cc
tests_unit_unit_sendmail_SOURCES += tests/unit/sendmail/message_text_test.cc
tests_unit_unit_sendmail_SOURCES += tests/unit/sendmail/options_test.cc
tests_unit_unit_sendmail_SOURCES += tests/unit/sendmail/recipients_test.cc
tests_unit_unit_sendmail_SOURCES += tests/unit/sendmail/script_server.cc tests/unit/sendmail/script_server.h
tests_unit_unit_sendmail_SOURCES += tests/unit/sendmail/submission_test.cc
tests_unit_unit_sendmail_LDADD = src/sendmail/libsendmail.a $(UNIT_LIBS)
