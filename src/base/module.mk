# src/base - see src/LAYERS
noinst_LIBRARIES += src/base/libbase.a
src_base_libbase_a_SOURCES = src/base/assert.cc src/base/assert.h src/base/error.cc src/base/error.h \
	src/base/result.h src/base/strings.cc src/base/strings.h
