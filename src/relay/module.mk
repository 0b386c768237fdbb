# src/relay - see src/LAYERS
noinst_LIBRARIES += src/relay/librelay.a
src_relay_librelay_a_SOURCES =
src_relay_librelay_a_SOURCES += src/relay/exchanges.cc src/relay/exchanges.h
src_relay_librelay_a_SOURCES += src/relay/cargo.cc src/relay/cargo.h
src_relay_librelay_a_SOURCES += src/relay/client.cc src/relay/client.h
src_relay_librelay_a_SOURCES += src/relay/commands.cc src/relay/commands.h
src_relay_librelay_a_SOURCES += src/relay/connector.cc src/relay/connector.h
src_relay_librelay_a_SOURCES += src/relay/dialogue.cc src/relay/dialogue.h
src_relay_librelay_a_SOURCES += src/relay/opening.cc src/relay/opening.h
src_relay_librelay_a_SOURCES += src/relay/outcome.cc src/relay/outcome.h src/relay/server.h
src_relay_librelay_a_SOURCES += src/relay/transaction.cc src/relay/transaction.h src/relay/transaction_data.cc
