# tests/unit/spool - mirrors src/spool
unit_tests += tests/unit/unit_spool
tests_unit_unit_spool_SOURCES = tests/unit/spool/envelope_test.cc \
	tests/unit/spool/index_test.cc \
	tests/unit/spool/intake_cut_test.cc \
	tests/unit/spool/intake_journal_test.cc \
	tests/unit/spool/intake_record_test.cc \
	tests/unit/spool/intake_test.cc \
	tests/unit/spool/queue_act_test.cc \
	tests/unit/spool/samples.h \
	tests/unit/spool/spool_test.cc \
	tests/unit/spool/taken_test.cc
tests_unit_unit_spool_LDADD = $(UNIT_LIBS)
