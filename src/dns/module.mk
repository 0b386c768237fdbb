# src/dns - see src/LAYERS
noinst_LIBRARIES += src/dns/libdns.a
src_dns_libdns_a_CPPFLAGS = $(AM_CPPFLAGS) $(UNBOUND_CFLAGS) $(IDN2_CFLAGS)
src_dns_libdns_a_SOURCES = src/dns/name.cc src/dns/name.h src/dns/rdata.cc src/dns/rdata.h \
	src/dns/resolver.cc src/dns/resolver.h src/dns/reverse_name.cc src/dns/reverse_name.h src/dns/unbound_resolver.cc src/dns/unbound_resolver.h
