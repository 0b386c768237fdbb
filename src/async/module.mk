# src/async - see src/LAYERS
noinst_LIBRARIES += src/async/libasync.a
src_async_libasync_a_SOURCES = src/async/deadline_heap.cc \
	src/async/deadline_heap.h \
	src/async/fd_watch.cc \
	src/async/fd_watch.h \
	src/async/loop.cc \
	src/async/loop.h \
	src/async/pool_share.cc \
	src/async/pool_share.h \
	src/async/scope.cc \
	src/async/scope.h \
	src/async/sync.cc \
	src/async/sync.h \
	src/async/task.h \
	src/async/wait.cc \
	src/async/wait.h \
	src/async/worker_pool.cc \
	src/async/worker_pool.h
