# tests/support - doubles and helpers that several test programs share
check_LIBRARIES += tests/support/libsupport.a
tests_support_libsupport_a_SOURCES = tests/support/temporary_directory.cc tests/support/temporary_directory.h
tests_support_libsupport_a_SOURCES += tests/support/lossy_files.cc tests/support/lossy_files.h \
	tests/support/lossy_file.cc tests/support/lossy_state.cc tests/support/lossy_state.h \
	tests/support/lossy_disk.cc tests/support/lossy_disk.h tests/support/lossy_restart.cc
tests_support_libsupport_a_SOURCES += tests/support/mdctl_instance.h tests/support/memory_sink.h
tests_support_libsupport_a_SOURCES += tests/support/fake_resolver.cc tests/support/fake_resolver.h
tests_support_libsupport_a_SOURCES += tests/support/run_task.h
tests_support_libsupport_a_SOURCES += tests/support/scram_client.cc tests/support/scram_client.h
tests_support_libsupport_a_SOURCES += tests/support/slow_files.cc tests/support/slow_files.h
tests_support_libsupport_a_SOURCES += tests/support/certificates.cc tests/support/certificates.h
