# tests/crash - power cuts and failing disks at every step of receipt, take-over, delivery and mailbox changes
unit_tests += tests/crash/crash_files tests/crash/crash_journal
tests_crash_crash_files_SOURCES = tests/crash/lossy_files_test.cc
tests_crash_crash_files_LDADD = tests/support/libsupport.a src/base/libbase.a $(GTEST_MAIN_LIBS) $(GTEST_LIBS) $(FMT_LIBS) -lpthread
tests_crash_crash_journal_SOURCES = tests/crash/journal_cut_test.cc tests/crash/ledger.cc tests/crash/ledger.h
tests_crash_crash_journal_LDADD = tests/support/libsupport.a src/spool/libspool.a src/base/libbase.a \
	$(GTEST_MAIN_LIBS) $(GTEST_LIBS) $(FMT_LIBS) -lpthread
