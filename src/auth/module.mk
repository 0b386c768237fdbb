# src/auth - see src/LAYERS
noinst_LIBRARIES += src/auth/libauth.a
src_auth_libauth_a_SOURCES =
src_auth_libauth_a_SOURCES += src/auth/client.cc src/auth/client.h
src_auth_libauth_a_SOURCES += src/auth/failures.cc src/auth/failures.h
src_auth_libauth_a_SOURCES += src/auth/keyed_hash.cc src/auth/keyed_hash.h
src_auth_libauth_a_SOURCES += src/auth/known_addresses.cc src/auth/known_addresses.h
src_auth_libauth_a_SOURCES += src/auth/password_verifier.cc src/auth/password_verifier.h
src_auth_libauth_a_SOURCES += src/auth/protocol.cc src/auth/protocol.h
src_auth_libauth_a_SOURCES += src/auth/remembered.cc src/auth/remembered.h
src_auth_libauth_a_SOURCES += src/auth/sasl_dialogue.cc src/auth/sasl_dialogue.h
src_auth_libauth_a_SOURCES += src/auth/scram.cc src/auth/scram.h
src_auth_libauth_a_SOURCES += src/auth/scram_login.cc
src_auth_libauth_a_SOURCES += src/auth/verifier.h
