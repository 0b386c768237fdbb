# tests/unit - one GoogleTest program a layer; each folder's fragment adds its program to unit_tests
UNIT_LIBS = tests/support/libsupport.a $(MD_LIBS) $(GTEST_MAIN_LIBS) $(GTEST_LIBS) $(MD_SYSTEM_LIBS)
if HAVE_GTEST
check_PROGRAMS += $(unit_tests)
TESTS += $(unit_tests)
endif
include tests/unit/mdfilterd/module.mk
include tests/unit/mdimapd/module.mk
include tests/unit/mdsmtpd/module.mk
