# src/mdqueue - the program mdqueue, and its parts as a library for tests
noinst_LIBRARIES += src/mdqueue/libmdqueue.a
src_mdqueue_libmdqueue_a_SOURCES = src/mdqueue/chosen_route.cc \
	src/mdqueue/chosen_route.h \
	src/mdqueue/clock_watch.cc \
	src/mdqueue/clock_watch.h \
	src/mdqueue/connections.cc \
	src/mdqueue/connections.h \
	src/mdqueue/courier.cc \
	src/mdqueue/courier.h \
	src/mdqueue/courier_services.h \
	src/mdqueue/deliver_child.cc \
	src/mdqueue/deliver_child.h \
	src/mdqueue/deliver_protocol.cc \
	src/mdqueue/deliver_protocol.h \
	src/mdqueue/destinations.cc \
	src/mdqueue/destinations.h \
	src/mdqueue/destinations_view.cc \
	src/mdqueue/destinations_view.h \
	src/mdqueue/dispatcher.cc \
	src/mdqueue/dispatcher.h \
	src/mdqueue/due_reports.cc \
	src/mdqueue/due_reports.h \
	src/mdqueue/examination.cc \
	src/mdqueue/examination.h \
	src/mdqueue/forwarded_sender.cc \
	src/mdqueue/forwarded_sender.h \
	src/mdqueue/hands.h \
	src/mdqueue/host_call.cc \
	src/mdqueue/host_call.h \
	src/mdqueue/host_memory.cc \
	src/mdqueue/host_memory.h \
	src/mdqueue/intake_follower.cc \
	src/mdqueue/intake_follower.h \
	src/mdqueue/live_hands.cc \
	src/mdqueue/live_hands.h \
	src/mdqueue/local_delivery.cc \
	src/mdqueue/local_delivery.h \
	src/mdqueue/manager.cc \
	src/mdqueue/manager.h \
	src/mdqueue/message_plan.cc \
	src/mdqueue/message_plan.h \
	src/mdqueue/message_work.cc \
	src/mdqueue/message_work.h \
	src/mdqueue/next_hosts.cc \
	src/mdqueue/next_hosts.h \
	src/mdqueue/outgoing_rates.cc \
	src/mdqueue/outgoing_rates.h \
	src/mdqueue/recipient_round.cc \
	src/mdqueue/recipient_round.h \
	src/mdqueue/record_work.cc \
	src/mdqueue/record_work.h \
	src/mdqueue/relay_child.cc \
	src/mdqueue/relay_child.h \
	src/mdqueue/relay_protocol.cc \
	src/mdqueue/relay_protocol.h \
	src/mdqueue/relay_round.cc \
	src/mdqueue/relay_round.h \
	src/mdqueue/relays.cc \
	src/mdqueue/relays.h \
	src/mdqueue/settlement.cc \
	src/mdqueue/settlement.h \
	src/mdqueue/seven_bit_copy.cc \
	src/mdqueue/seven_bit_copy.h \
	src/mdqueue/spool_acts.cc \
	src/mdqueue/spool_clock.cc \
	src/mdqueue/spool_list.cc \
	src/mdqueue/spool_runner.cc \
	src/mdqueue/spool_runner.h \
	src/mdqueue/spool_turns.cc \
	src/mdqueue/sync_history.cc \
	src/mdqueue/sync_history.h \
	src/mdqueue/take_over.cc \
	src/mdqueue/take_over.h \
	src/mdqueue/verifying_tls.h
sbin_PROGRAMS += src/mdqueue/mdqueue
src_mdqueue_mdqueue_SOURCES = src/mdqueue/main.cc
src_mdqueue_mdqueue_LDADD = src/mdqueue/libmdqueue.a $(MD_LIBS) $(MD_SYSTEM_LIBS)
