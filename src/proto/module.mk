# src/proto - see src/LAYERS
noinst_LIBRARIES += src/proto/libproto.a
src_proto_libproto_a_SOURCES =
src_proto_libproto_a_SOURCES += src/proto/foreign.h
src_proto_libproto_a_SOURCES += src/proto/pop3/command.cc src/proto/pop3/command.h
src_proto_libproto_a_SOURCES += src/proto/sasl/mechanism.cc src/proto/sasl/mechanism.h
src_proto_libproto_a_SOURCES += src/proto/smtp/command.cc src/proto/smtp/command.h
src_proto_libproto_a_SOURCES += src/proto/smtp/data_decoder.cc src/proto/smtp/data_decoder.h
src_proto_libproto_a_SOURCES += src/proto/smtp/extension.cc src/proto/smtp/extension.h
src_proto_libproto_a_SOURCES += src/proto/smtp/parameters.cc src/proto/smtp/parameters.h
src_proto_libproto_a_SOURCES += src/proto/smtp/path.cc src/proto/smtp/path.h
src_proto_libproto_a_SOURCES += src/proto/smtp/reply.cc src/proto/smtp/reply.h
