# tests/unit/mdfilterd - mirrors src/mdfilterd
unit_tests += tests/unit/unit_mdfilterd
tests_unit_unit_mdfilterd_SOURCES = tests/unit/mdfilterd/scan_test.cc tests/unit/mdfilterd/session_test.cc
tests_unit_unit_mdfilterd_LDADD = src/mdfilterd/libmdfilterd.a $(UNIT_LIBS)
