# tests/unit/proto - mirrors src/proto
unit_tests += tests/unit/unit_proto
tests_unit_unit_proto_SOURCES =
tests_unit_unit_proto_LDADD = $(UNIT_LIBS)
tests_unit_unit_proto_SOURCES += tests/unit/proto/milter_packet_test.cc
tests_unit_unit_proto_SOURCES += tests/unit/proto/pop3_command_test.cc
tests_unit_unit_proto_SOURCES += tests/unit/proto/sasl_mechanism_test.cc
tests_unit_unit_proto_SOURCES += tests/unit/proto/smtp_command_test.cc
tests_unit_unit_proto_SOURCES += tests/unit/proto/smtp_data_decoder_test.cc
tests_unit_unit_proto_SOURCES += tests/unit/proto/smtp_parameters_test.cc
tests_unit_unit_proto_SOURCES += tests/unit/proto/smtp_reply_test.cc
tests_unit_unit_proto_SOURCES += tests/unit/proto/imap_assembler_test.cc
tests_unit_unit_proto_SOURCES += tests/unit/proto/imap_body_section_test.cc
tests_unit_unit_proto_SOURCES += tests/unit/proto/imap_command_test.cc
tests_unit_unit_proto_SOURCES += tests/unit/proto/imap_mailbox_name_test.cc
tests_unit_unit_proto_SOURCES += tests/unit/proto/imap_response_test.cc
tests_unit_unit_proto_SOURCES += tests/unit/proto/imap_sequence_test.cc
tests_unit_unit_proto_SOURCES += tests/unit/proto/proxy_header_test.cc
