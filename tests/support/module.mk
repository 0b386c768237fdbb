# tests/support - doubles and helpers that several test programs share
check_LIBRARIES += tests/support/libsupport.a
tests_support_libsupport_a_SOURCES = tests/support/temporary_directory.cc tests/support/temporary_directory.h
