# src/policy - see src/LAYERS
noinst_LIBRARIES += src/policy/libpolicy.a
src_policy_libpolicy_a_SOURCES =
