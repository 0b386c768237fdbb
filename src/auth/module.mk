# src/auth - see src/LAYERS
noinst_LIBRARIES += src/auth/libauth.a
src_auth_libauth_a_SOURCES =
