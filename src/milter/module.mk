# src/milter - see src/LAYERS
noinst_LIBRARIES += src/milter/libmilter.a
src_milter_libmilter_a_SOURCES = src/milter/chain.h src/milter/client.h src/milter/outcome.h
