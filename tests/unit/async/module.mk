# tests/unit/async - mirrors src/async
unit_tests += tests/unit/unit_async
tests_unit_unit_async_SOURCES = tests/unit/async/deadline_heap_test.cc tests/unit/async/fd_watch_test.cc tests/unit/async/pool_share_test.cc \
	tests/unit/async/task_test.cc tests/unit/async/scope_test.cc \
	tests/unit/async/wait_test.cc tests/unit/async/worker_pool_test.cc tests/unit/async/slow_files_test.cc
tests_unit_unit_async_LDADD = $(UNIT_LIBS)
