# tests/unit/delivery - mirrors src/delivery
unit_tests += tests/unit/unit_delivery
tests_unit_unit_delivery_SOURCES = tests/unit/delivery/envelope_policy_test.cc tests/unit/delivery/expansion_test.cc tests/unit/delivery/filter_outcome_test.cc \
	tests/unit/delivery/report_texts_test.cc tests/unit/delivery/room_test.cc tests/unit/delivery/srs_site_test.cc tests/unit/delivery/srs_test.cc tests/unit/delivery/status_report_test.cc
tests_unit_unit_delivery_LDADD = $(UNIT_LIBS)
EXTRA_DIST += tests/fixtures/room/question-v1.bin tests/fixtures/room/answer-v1.bin
