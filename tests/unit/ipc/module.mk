# tests/unit/ipc - mirrors src/ipc
unit_tests += tests/unit/unit_ipc
tests_unit_unit_ipc_SOURCES = tests/unit/ipc/channel_test.cc tests/unit/ipc/client_server_test.cc \
	tests/unit/ipc/frame_test.cc tests/unit/ipc/json_test.cc tests/unit/ipc/wake_test.cc
tests_unit_unit_ipc_LDADD = $(UNIT_LIBS)
