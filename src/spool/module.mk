# src/spool - see src/LAYERS
noinst_LIBRARIES += src/spool/libspool.a
src_spool_libspool_a_SOURCES = src/spool/destination_names.cc \
	src/spool/destination_names.h \
	src/spool/envelope.cc \
	src/spool/envelope.h \
	src/spool/envelope_file.cc \
	src/spool/envelope_record.cc \
	src/spool/envelope_text.cc \
	src/spool/envelope_text.h \
	src/spool/intake.cc \
	src/spool/intake.h \
	src/spool/intake_names.cc \
	src/spool/intake_names.h \
	src/spool/intake_reader.cc \
	src/spool/intake_reader.h \
	src/spool/intake_record.cc \
	src/spool/intake_record.h \
	src/spool/intake_writer.cc \
	src/spool/intake_writer.h \
	src/spool/segment_scan.cc \
	src/spool/segment_scan.h \
	src/spool/spool.cc \
	src/spool/spool.h \
	src/spool/taken.cc \
	src/spool/taken.h
src_spool_libspool_a_SOURCES += src/spool/unsettled.cc src/spool/unsettled.h
src_spool_libspool_a_SOURCES += src/spool/freezes.cc src/spool/freezes.h src/spool/queue_act.cc src/spool/queue_act.h
src_spool_libspool_a_SOURCES += src/spool/queue_view.cc src/spool/queue_view.h
src_spool_libspool_a_SOURCES += src/spool/index.cc src/spool/index.h src/spool/queue_request.h
