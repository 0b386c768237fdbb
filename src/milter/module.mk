# src/milter - see src/LAYERS
noinst_LIBRARIES += src/milter/libmilter.a
src_milter_libmilter_a_SOURCES = src/milter/change.cc src/milter/change.h src/milter/chain.cc src/milter/chain.h \
	src/milter/client.cc src/milter/client.h src/milter/connections.cc src/milter/connections.h src/milter/endpoint.cc src/milter/endpoint.h src/milter/outcome.h \
	src/milter/reply_text.cc src/milter/reply_text.h \
	src/milter/server.cc src/milter/server.h
