# src/ipc - see src/LAYERS
noinst_LIBRARIES += src/ipc/libipc.a
src_ipc_libipc_a_SOURCES =
