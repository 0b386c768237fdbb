# tests/unit/accounts - mirrors src/accounts
unit_tests += tests/unit/unit_accounts
tests_unit_unit_accounts_SOURCES = tests/unit/accounts/file_directory_test.cc tests/unit/accounts/name_test.cc \
	tests/unit/accounts/parsed_files_test.cc tests/unit/accounts/password_test.cc
tests_unit_unit_accounts_LDADD = $(UNIT_LIBS)
