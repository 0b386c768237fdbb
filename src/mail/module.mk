# src/mail - see src/LAYERS
noinst_LIBRARIES += src/mail/libmail.a
src_mail_libmail_a_SOURCES =
src_mail_libmail_a_SOURCES += src/mail/address.cc src/mail/address.h
src_mail_libmail_a_SOURCES += src/mail/casemap.cc src/mail/casemap.h
src_mail_libmail_a_SOURCES += src/mail/charset.cc src/mail/charset.h
src_mail_libmail_a_SOURCES += src/mail/content_field.cc src/mail/content_field.h
src_mail_libmail_a_SOURCES += src/mail/date.cc src/mail/date.h
src_mail_libmail_a_SOURCES += src/mail/encoded_word.cc src/mail/encoded_word.h
src_mail_libmail_a_SOURCES += src/mail/header.cc src/mail/header.h
src_mail_libmail_a_SOURCES += src/mail/header_edit.cc src/mail/header_edit.h
src_mail_libmail_a_SOURCES += src/mail/parameter_pieces.cc src/mail/parameter_pieces.h
src_mail_libmail_a_SOURCES += src/mail/report.cc src/mail/report.h
src_mail_libmail_a_SOURCES += src/mail/status.cc src/mail/status.h
src_mail_libmail_a_SOURCES += src/mail/structure.cc src/mail/structure.h
src_mail_libmail_a_SOURCES += src/mail/trace.cc src/mail/trace.h
src_mail_libmail_a_SOURCES += src/mail/transfer_decoder.cc src/mail/transfer_decoder.h
