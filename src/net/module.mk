# src/net - see src/LAYERS
noinst_LIBRARIES += src/net/libnet.a
src_net_libnet_a_SOURCES = src/net/address.cc \
	src/net/address.h \
	src/net/deflate.cc \
	src/net/deflate.h \
	src/net/disconnected.cc \
	src/net/disconnected.h \
	src/net/line_reader.cc \
	src/net/line_reader.h \
	src/net/listener.cc \
	src/net/listener.h \
	src/net/own_addresses.cc \
	src/net/own_addresses.h \
	src/net/peer_closed.cc \
	src/net/peer_closed.h \
	src/net/self_signed.cc \
	src/net/self_signed.h \
	src/net/stream.cc \
	src/net/stream.h \
	src/net/tls.cc \
	src/net/tls.h \
	src/net/tls_keys.cc \
	src/net/tls_keys.h
