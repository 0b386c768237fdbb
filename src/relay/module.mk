# src/relay - see src/LAYERS
noinst_LIBRARIES += src/relay/librelay.a
src_relay_librelay_a_SOURCES =
src_relay_librelay_a_SOURCES += src/relay/exchanges.cc src/relay/exchanges.h
