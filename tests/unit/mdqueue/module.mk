# tests/unit/mdqueue - mirrors src/mdqueue
unit_tests += tests/unit/unit_mdqueue
tests_unit_unit_mdqueue_SOURCES = tests/unit/mdqueue/clock_watch_test.cc \
	tests/unit/mdqueue/connections_test.cc \
	tests/unit/mdqueue/courier_test.cc \
	tests/unit/mdqueue/deliver_protocol_test.cc \
	tests/unit/mdqueue/destinations_test.cc \
	tests/unit/mdqueue/destinations_view_test.cc \
	tests/unit/mdqueue/dispatcher_test.cc \
	tests/unit/mdqueue/examination_test.cc \
	tests/unit/mdqueue/host_memory_test.cc \
	tests/unit/mdqueue/local_delivery_test.cc \
	tests/unit/mdqueue/message_work_test.cc \
	tests/unit/mdqueue/outgoing_rates_test.cc \
	tests/unit/mdqueue/queue_answer_test.cc \
	tests/unit/mdqueue/queue_world.h \
	tests/unit/mdqueue/record_work_test.cc \
	tests/unit/mdqueue/relay_children_test.cc \
	tests/unit/mdqueue/relay_protocol_test.cc \
	tests/unit/mdqueue/relay_world.h \
	tests/unit/mdqueue/seven_bit_copy_test.cc \
	tests/unit/mdqueue/spool_cut_test.cc \
	tests/unit/mdqueue/spool_runner_test.cc \
	tests/unit/mdqueue/sync_history_test.cc \
	tests/unit/mdqueue/take_over_test.cc \
	tests/unit/mdqueue/verified_route_test.cc
tests_unit_unit_mdqueue_LDADD = src/mdqueue/libmdqueue.a $(UNIT_LIBS)
EXTRA_DIST += tests/fixtures/relay/job-v2.bin tests/fixtures/relay/result-v2.bin tests/fixtures/deliver/delivery-v4.bin tests/fixtures/deliver/result-v4.bin \
	tests/fixtures/queue/message-v1.json tests/fixtures/sync-mark/v1.mark
