# src/checks - see src/LAYERS
noinst_LIBRARIES += src/checks/libchecks.a
src_checks_libchecks_a_SOURCES = src/checks/check.h src/checks/judgement.cc src/checks/judgement.h \
	src/checks/lists_check.cc src/checks/lists_check.h src/checks/pipeline.cc src/checks/pipeline.h src/checks/scan_request.cc src/checks/scan_request.h
