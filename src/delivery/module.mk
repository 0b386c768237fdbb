# src/delivery - see src/LAYERS
noinst_LIBRARIES += src/delivery/libdelivery.a
src_delivery_libdelivery_a_SOURCES =
