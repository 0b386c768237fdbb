# src/base - see src/LAYERS
noinst_LIBRARIES += src/base/libbase.a
src_base_libbase_a_SOURCES = src/base/assert.cc \
	src/base/assert.h \
	src/base/bytes.h \
	src/base/clock.cc \
	src/base/clock.h \
	src/base/crc32c.cc \
	src/base/crc32c.h \
	src/base/error.cc \
	src/base/error.h \
	src/base/fd.cc \
	src/base/fd.h \
	src/base/files.cc \
	src/base/files.h \
	src/base/forwarding_files.cc \
	src/base/forwarding_files.h \
	src/base/ids.cc \
	src/base/ids.h \
	src/base/real_files.cc \
	src/base/result.h \
	src/base/strings.cc \
	src/base/strings.h
src_base_libbase_a_SOURCES += src/base/encoding.cc src/base/encoding.h
src_base_libbase_a_SOURCES += src/base/utf8.cc src/base/utf8.h
src_base_libbase_a_SOURCES += src/base/address.cc src/base/address.h
