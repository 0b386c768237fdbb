# src/checks - see src/LAYERS
noinst_LIBRARIES += src/checks/libchecks.a
src_checks_libchecks_a_SOURCES =
