# tests/unit/dns - mirrors src/dns
unit_tests += tests/unit/unit_dns
tests_unit_unit_dns_SOURCES = tests/unit/dns/name_test.cc tests/unit/dns/rdata_test.cc tests/unit/dns/resolver_test.cc tests/unit/dns/reverse_name_test.cc \
	tests/unit/dns/unbound_resolver_test.cc tests/unit/dns/name_server.cc tests/unit/dns/name_server.h
tests_unit_unit_dns_LDADD = $(UNIT_LIBS)
