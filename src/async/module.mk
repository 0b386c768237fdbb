# src/async - see src/LAYERS
noinst_LIBRARIES += src/async/libasync.a
src_async_libasync_a_SOURCES =
