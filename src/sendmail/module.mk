# src/sendmail - the program sendmail, which is mailq and newaliases as well; all but main.cc is a library, for its tests
noinst_LIBRARIES += src/sendmail/libsendmail.a
src_sendmail_libsendmail_a_SOURCES = src/sendmail/exit.h
src_sendmail_libsendmail_a_SOURCES += src/sendmail/conversation.cc src/sendmail/conversation.h
src_sendmail_libsendmail_a_SOURCES += src/sendmail/draft.cc src/sendmail/draft.h
src_sendmail_libsendmail_a_SOURCES += src/sendmail/hand_through.cc src/sendmail/hand_through.h
src_sendmail_libsendmail_a_SOURCES += src/sendmail/message_text.cc src/sendmail/message_text.h
src_sendmail_libsendmail_a_SOURCES += src/sendmail/options.cc src/sendmail/options.h
src_sendmail_libsendmail_a_SOURCES += src/sendmail/recipients.cc src/sendmail/recipients.h
src_sendmail_libsendmail_a_SOURCES += src/sendmail/submission.cc src/sendmail/submission.h

sbin_PROGRAMS += src/sendmail/sendmail
src_sendmail_sendmail_SOURCES = src/sendmail/main.cc
src_sendmail_sendmail_CPPFLAGS = $(AM_CPPFLAGS) -DMD_BINDIR='"$(bindir)"'
src_sendmail_sendmail_LDADD = src/sendmail/libsendmail.a $(MD_LIBS) $(MD_SYSTEM_LIBS)

install-exec-hook:
	$(MKDIR_P) "$(DESTDIR)$(bindir)"
	cd "$(DESTDIR)$(bindir)" && for name in mailq newaliases; do rm -f $$name && $(LN_S) "$(sbindir)/sendmail" $$name || exit 1; done

install-data-hook:
	cd "$(DESTDIR)$(man1dir)" && for name in mailq newaliases; do rm -f $$name.1 && $(LN_S) sendmail.1 $$name.1 || exit 1; done

uninstall-hook:
	rm -f "$(DESTDIR)$(bindir)/mailq" "$(DESTDIR)$(bindir)/newaliases"
	rm -f "$(DESTDIR)$(man1dir)/mailq.1" "$(DESTDIR)$(man1dir)/newaliases.1"

include tests/unit/sendmail/module.mk
