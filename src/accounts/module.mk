# src/accounts - see src/LAYERS
noinst_LIBRARIES += src/accounts/libaccounts.a
src_accounts_libaccounts_a_SOURCES =
