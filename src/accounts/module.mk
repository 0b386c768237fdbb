# src/accounts - see src/LAYERS
noinst_LIBRARIES += src/accounts/libaccounts.a
src_accounts_libaccounts_a_SOURCES = \
	src/accounts/account.h \
	src/accounts/directory.cc \
	src/accounts/directory.h \
	src/accounts/entry_file.cc \
	src/accounts/entry_file.h \
	src/accounts/file_changes.cc \
	src/accounts/file_directory.cc \
	src/accounts/file_directory.h \
	src/accounts/hash_form.cc \
	src/accounts/hash_form.h \
	src/accounts/name.cc \
	src/accounts/name.h \
	src/accounts/parsed_files.h \
	src/accounts/password.cc \
	src/accounts/password.h \
	src/accounts/secrets.cc \
	src/accounts/secrets.h \
	src/accounts/tables.cc \
	src/accounts/tables.h \
	src/accounts/tables/account.def \
	src/accounts/tables/alias.def \
	src/accounts/tables/domain.def \
	src/accounts/tables/group.def \
	src/accounts/tables/secret.def
