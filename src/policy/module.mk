# src/policy - see src/LAYERS
noinst_LIBRARIES += src/policy/libpolicy.a
src_policy_libpolicy_a_SOURCES = src/policy/berkeley_store.cc src/policy/berkeley_store.h src/policy/client.cc \
	src/policy/client.h src/policy/counter_client.cc src/policy/counter_client.h src/policy/counters.cc \
	src/policy/counters.h src/policy/entry.cc src/policy/entry.h src/policy/entry_table.cc src/policy/entry_table.h src/policy/lists.cc src/policy/lists.h \
	src/policy/request.cc src/policy/request.h src/policy/state.cc src/policy/state.h src/policy/state_store.h \
	src/policy/subscriber.cc src/policy/subscriber.h src/policy/text_list.cc src/policy/text_list.h
