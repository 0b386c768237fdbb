# src/spool - see src/LAYERS
noinst_LIBRARIES += src/spool/libspool.a
src_spool_libspool_a_SOURCES = src/spool/envelope.h \
	src/spool/intake_names.h \
	src/spool/intake_reader.h \
	src/spool/intake_record.h \
	src/spool/intake_writer.h \
	src/spool/spool.h \
	src/spool/taken.h
