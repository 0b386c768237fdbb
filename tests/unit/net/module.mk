# tests/unit/net - mirrors src/net
unit_tests += tests/unit/unit_net
tests_unit_unit_net_SOURCES = tests/unit/net/address_test.cc tests/unit/net/stream_test.cc \
	tests/unit/net/tls_test.cc tests/unit/net/line_reader_test.cc tests/unit/net/listener_test.cc tests/unit/net/deflate_test.cc \
	tests/unit/net/pair.h
tests_unit_unit_net_LDADD = $(UNIT_LIBS)
