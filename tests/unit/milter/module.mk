# tests/unit/milter - mirrors src/milter
unit_tests += tests/unit/unit_milter
tests_unit_unit_milter_SOURCES = tests/unit/milter/chain_test.cc tests/unit/milter/client_test.cc \
	tests/unit/milter/conversation_test.cc tests/unit/milter/filter_room.h tests/unit/milter/server_test.cc
tests_unit_unit_milter_LDADD = $(UNIT_LIBS)
