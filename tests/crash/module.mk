# tests/crash - power cuts and failing disks at every step of receipt, take-over, delivery and mailbox changes
unit_tests += tests/crash/crash_files
tests_crash_crash_files_SOURCES = tests/crash/lossy_files_test.cc
tests_crash_crash_files_LDADD = tests/support/libsupport.a src/base/libbase.a $(GTEST_MAIN_LIBS) $(GTEST_LIBS) $(FMT_LIBS) -lpthread
