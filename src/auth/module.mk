# src/auth - see src/LAYERS
noinst_LIBRARIES += src/auth/libauth.a
src_auth_libauth_a_SOURCES =
src_auth_libauth_a_SOURCES += src/auth/client.cc src/auth/client.h
src_auth_libauth_a_SOURCES += src/auth/password_verifier.cc src/auth/password_verifier.h
src_auth_libauth_a_SOURCES += src/auth/protocol.cc src/auth/protocol.h
src_auth_libauth_a_SOURCES += src/auth/remembered.cc src/auth/remembered.h
src_auth_libauth_a_SOURCES += src/auth/verifier.h
