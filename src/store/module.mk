# src/store - see src/LAYERS
noinst_LIBRARIES += src/store/libstore.a
src_store_libstore_a_SOURCES =
