# tests/unit/auth - mirrors src/auth
unit_tests += tests/unit/unit_auth
tests_unit_unit_auth_SOURCES = tests/unit/auth/client_test.cc tests/unit/auth/failures_test.cc tests/unit/auth/password_verifier_test.cc \
	tests/unit/auth/protocol_test.cc tests/unit/auth/remembered_test.cc tests/unit/auth/sasl_dialogue_test.cc \
	tests/unit/auth/scram_test.cc tests/unit/auth/scram_login_test.cc
tests_unit_unit_auth_LDADD = $(UNIT_LIBS)
EXTRA_DIST += tests/fixtures/auth/login-v1.bin tests/fixtures/auth/verified-v1.bin
EXTRA_DIST += tests/fixtures/auth/scram-question-v1.bin tests/fixtures/auth/scram-salt-v1.bin
EXTRA_DIST += tests/fixtures/auth/scram-proof-v1.bin tests/fixtures/auth/scram-verified-v1.bin
