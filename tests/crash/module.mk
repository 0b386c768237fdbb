# tests/crash - power cuts and failing disks at every step of receipt, take-over, delivery and mailbox changes
CRASH_LIBS = src/spool/libspool.a src/store/libstore.a src/base/libbase.a $(GTEST_MAIN_LIBS) $(GTEST_LIBS) $(FMT_LIBS) -lpthread

unit_tests += tests/crash/crash_files tests/crash/crash_journal tests/crash/crash_mailbox tests/crash/crash_road
tests_crash_crash_files_SOURCES = tests/crash/lossy_files_test.cc
tests_crash_crash_files_LDADD = tests/support/libsupport.a $(CRASH_LIBS)
tests_crash_crash_journal_SOURCES = tests/crash/journal_cut_test.cc tests/crash/ledger.cc tests/crash/ledger.h
tests_crash_crash_journal_LDADD = tests/support/libsupport.a $(CRASH_LIBS)
tests_crash_crash_mailbox_SOURCES = tests/crash/folder_cut_test.cc tests/crash/mailbox_cut_test.cc
tests_crash_crash_mailbox_LDADD = tests/support/libsupport.a $(UNIT_LIBS)
tests_crash_crash_road_SOURCES = tests/crash/day.cc \
	tests/crash/disk_fault_test.cc \
	tests/crash/ledger.cc \
	tests/crash/ledger.h \
	tests/crash/manager.cc \
	tests/crash/manager.h \
	tests/crash/power_cut_test.cc \
	tests/crash/runs.cc \
	tests/crash/runs.h \
	tests/crash/scenario.cc \
	tests/crash/scenario.h \
	tests/crash/sites.cc \
	tests/crash/sites.h \
	tests/crash/tally.h
tests_crash_crash_road_LDADD = src/mdqueue/libmdqueue.a $(UNIT_LIBS)
