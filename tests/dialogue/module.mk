# tests/dialogue - conversations with the real sessions; a script is four cases of one GoogleTest program
# The worlds are a library: tests/fuzz has sessions in them, too.
check_LIBRARIES += tests/dialogue/libworlds.a
tests_dialogue_libworlds_a_SOURCES = tests/dialogue/mail_world.cc tests/dialogue/mail_world.h tests/dialogue/pop3_world.cc \
	tests/dialogue/imap_world.cc tests/dialogue/parts.cc tests/dialogue/parts.h tests/dialogue/pattern.cc tests/dialogue/script.h \
	tests/dialogue/scripted_filter.cc tests/dialogue/scripted_filter.h tests/dialogue/smtp_world.cc \
	tests/dialogue/smtp_world.h tests/dialogue/world.h
WORLDS_LIBS = tests/dialogue/libworlds.a src/mdpop3d/libmdpop3d.a src/mdimapd/libmdimapd.a

dialogue_tests = tests/dialogue/dialogue_tests
if HAVE_GTEST
check_PROGRAMS += $(dialogue_tests)
TESTS += $(dialogue_tests)
endif
tests_dialogue_dialogue_tests_SOURCES = tests/dialogue/main.cc tests/dialogue/runner.cc tests/dialogue/runner.h \
	tests/dialogue/script.cc tests/dialogue/certificate.cc tests/dialogue/certificate.h
tests_dialogue_dialogue_tests_LDADD = $(WORLDS_LIBS) src/mdsmtpd/libmdsmtpd.a tests/support/libsupport.a $(MD_LIBS) $(GTEST_LIBS) \
	$(MD_SYSTEM_LIBS)
EXTRA_DIST += tests/dialogue/pop3 tests/dialogue/imap tests/dialogue/smtp
