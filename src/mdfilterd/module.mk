# src/mdfilterd - the program mdfilterd, and its parts as a library for tests
noinst_LIBRARIES += src/mdfilterd/libmdfilterd.a
src_mdfilterd_libmdfilterd_a_SOURCES = src/mdfilterd/judge.cc src/mdfilterd/judge.h src/mdfilterd/scan.cc src/mdfilterd/scan.h src/mdfilterd/session.cc \
	src/mdfilterd/session.h src/mdfilterd/state_child.cc src/mdfilterd/state_child.h

sbin_PROGRAMS += src/mdfilterd/mdfilterd
src_mdfilterd_mdfilterd_SOURCES = src/mdfilterd/main.cc
src_mdfilterd_mdfilterd_LDADD = src/mdfilterd/libmdfilterd.a $(MD_LIBS) $(MD_SYSTEM_LIBS)
