# src/delivery - see src/LAYERS
noinst_LIBRARIES += src/delivery/libdelivery.a
src_delivery_libdelivery_a_SOURCES =
src_delivery_libdelivery_a_SOURCES += src/delivery/envelope_policy.cc src/delivery/envelope_policy.h
src_delivery_libdelivery_a_SOURCES += src/delivery/expansion.cc src/delivery/expansion.h
src_delivery_libdelivery_a_SOURCES += src/delivery/report_texts.cc src/delivery/report_texts.h
src_delivery_libdelivery_a_SOURCES += src/delivery/room.cc src/delivery/room.h
src_delivery_libdelivery_a_SOURCES += src/delivery/srs.cc src/delivery/srs.h
src_delivery_libdelivery_a_SOURCES += src/delivery/srs_site.cc src/delivery/srs_site.h
src_delivery_libdelivery_a_SOURCES += src/delivery/status_report.cc src/delivery/status_report.h
src_delivery_libdelivery_a_SOURCES += src/delivery/filter_outcome.cc src/delivery/filter_outcome.h
src_delivery_libdelivery_a_SOURCES += src/delivery/filter_view.cc src/delivery/filter_view.h
