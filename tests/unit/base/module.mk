# tests/unit/base - mirrors src/base
unit_tests += tests/unit/unit_base
tests_unit_unit_base_SOURCES = tests/unit/base/strings_test.cc tests/unit/base/crc32c_test.cc \
	tests/unit/base/files_test.cc tests/unit/base/ids_test.cc tests/unit/base/bytes_test.cc
tests_unit_unit_base_LDADD = $(UNIT_LIBS)
tests_unit_unit_base_SOURCES += tests/unit/base/encoding_test.cc
tests_unit_unit_base_SOURCES += tests/unit/base/utf8_test.cc
tests_unit_unit_base_SOURCES += tests/unit/base/address_test.cc
tests_unit_unit_base_SOURCES += tests/unit/base/clock_test.cc
tests_unit_unit_base_SOURCES += tests/unit/base/result_test.cc
