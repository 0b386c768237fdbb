# src/dns - see src/LAYERS
noinst_LIBRARIES += src/dns/libdns.a
src_dns_libdns_a_SOURCES =
