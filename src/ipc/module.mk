# src/ipc - see src/LAYERS
noinst_LIBRARIES += src/ipc/libipc.a
src_ipc_libipc_a_SOURCES = src/ipc/channel.cc src/ipc/channel.h src/ipc/client.cc src/ipc/client.h src/ipc/frame.cc \
	src/ipc/frame.h src/ipc/json.cc src/ipc/json.h src/ipc/server.cc src/ipc/server.h src/ipc/wake.cc src/ipc/wake.h
