# tests/fuzz - a target for each parser, replayed by make check, explored by libFuzzer on request
#
# To add a target: write tests/fuzz/NAME.cc with the usual
#     extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) { ... return 0; }
# put small samples into tests/fuzz/corpus/NAME/ (and, if it helps, tokens into tests/fuzz/dictionaries/NAME.dict), and add ONE line here:
#     fuzz_targets += tests/fuzz/NAME.cc
# Nothing else: registration.h renames and registers the function in the replay program.
#
# make check            runs fuzz_replay: every sample and some mutations of each, always the same ones
# make fuzzers          with --enable-fuzzing --enable-sanitizers CXX=clang++-19 CXXFLAGS="-g -O1": one libFuzzer program a target, tests/fuzz/fuzz_NAME
fuzz_targets =

fuzz_targets += tests/fuzz/strings.cc
fuzz_targets += tests/fuzz/ipc_frame.cc
fuzz_targets += tests/fuzz/address_list.cc
fuzz_targets += tests/fuzz/binary_encoder.cc
fuzz_targets += tests/fuzz/mail_header.cc
fuzz_targets += tests/fuzz/mail_text.cc
fuzz_targets += tests/fuzz/mail_structure.cc
fuzz_targets += tests/fuzz/mail_threads.cc
fuzz_targets += tests/fuzz/milter_packet.cc
fuzz_targets += tests/fuzz/milter_server.cc
fuzz_targets += tests/fuzz/policy_list.cc
fuzz_targets += tests/fuzz/pop3_command.cc
fuzz_targets += tests/fuzz/proxy_header.cc
fuzz_targets += tests/fuzz/deflate.cc tests/fuzz/sasl_scram.cc
fuzz_targets += tests/fuzz/seven_bit.cc
fuzz_targets += tests/fuzz/relay_client.cc
fuzz_targets += tests/fuzz/smtp_command.cc
fuzz_targets += tests/fuzz/smtp_data.cc
fuzz_targets += tests/fuzz/smtp_data_encoder.cc
fuzz_targets += tests/fuzz/smtp_reply.cc
fuzz_targets += tests/fuzz/config.cc
fuzz_targets += tests/fuzz/srs_address.cc
fuzz_targets += tests/fuzz/imap_command.cc
fuzz_targets += tests/fuzz/account_name.cc tests/fuzz/address_text.cc tests/fuzz/dns_rdata.cc tests/fuzz/process_messages.cc
fuzz_targets += tests/fuzz/imap_utf7.cc
fuzz_targets += tests/fuzz/filter_session.cc
fuzz_targets += tests/fuzz/envelope.cc tests/fuzz/intake_segment.cc tests/fuzz/spool_index.cc tests/fuzz/taken_log.cc
fuzz_targets += tests/fuzz/account_journal.cc tests/fuzz/mailbox_cache.cc tests/fuzz/mailbox_journal.cc \
	tests/fuzz/maildir_name.cc tests/fuzz/number_bounds.cc
fuzz_targets += tests/fuzz/imap_envelope.cc
fuzz_targets += tests/fuzz/imap_session.cc tests/fuzz/pop3_session.cc tests/fuzz/smtp_session.cc

# Of programs, what has a target of its own.
FUZZ_LIBS = $(WORLDS_LIBS) src/mdsmtpd/libmdsmtpd.a src/mdfilterd/libmdfilterd.a tests/support/libsupport.a $(MD_LIBS)

check_PROGRAMS += tests/fuzz/fuzz_replay
tests_fuzz_fuzz_replay_SOURCES = tests/fuzz/replay.cc tests/fuzz/replay_mutate.cc tests/fuzz/replay_mutate.h \
	tests/fuzz/registration.h tests/fuzz/mail_session.h $(fuzz_targets)
tests_fuzz_fuzz_replay_CPPFLAGS = $(AM_CPPFLAGS) -include $(top_srcdir)/tests/fuzz/registration.h
tests_fuzz_fuzz_replay_LDADD = $(FUZZ_LIBS) $(MD_SYSTEM_LIBS)

# A program is named, not a script, so that the driver's log has one entry for it; it finds the samples by $srcdir.
if !ENABLE_FUZZING
TESTS += tests/fuzz/fuzz_replay
endif
EXTRA_DIST += tests/fuzz/corpus tests/fuzz/dictionaries
CLEANFILES += fuzz-*.failed

if ENABLE_FUZZING
fuzzers: $(FUZZ_LIBS)
	@for target in $(fuzz_targets); do \
	  name=`basename $$target .cc`; echo "  FUZZER   tests/fuzz/fuzz_$$name"; \
	  $(CXX) $(DEFS) $(DEFAULT_INCLUDES) $(AM_CPPFLAGS) $(CPPFLAGS) $(AM_CXXFLAGS) $(CXXFLAGS) -fsanitize=fuzzer \
	    $(srcdir)/$$target -o tests/fuzz/fuzz_$$name $(FUZZ_LIBS) $(MD_SYSTEM_LIBS) || exit 1; \
	done
else
fuzzers:
	@echo "fuzzers need a build configured with: --enable-fuzzing CXX=clang++-19" >&2; exit 1
endif
.PHONY: fuzzers
