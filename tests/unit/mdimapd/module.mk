# tests/unit/mdimapd - mirrors src/mdimapd; its sessions are tested by tests/dialogue/imap
unit_tests += tests/unit/unit_mdimapd
tests_unit_unit_mdimapd_SOURCES = tests/unit/mdimapd/upkeep_test.cc
tests_unit_unit_mdimapd_LDADD = src/mdimapd/libmdimapd.a $(UNIT_LIBS)
