# tests/system - real daemons and clients; run by scripts/check system or tests/system/run, not by make check, for they take minutes
EXTRA_DIST += tests/system/addresses.py \
	tests/system/bans.py \
	tests/system/behind_postfix.py \
	tests/system/beside_dovecot.py \
	tests/system/beside_dovecot.txt \
	tests/system/clients.py \
	tests/system/config_faults.py \
	tests/system/daemon_killed.py \
	tests/system/dovecot_lmtp.py \
	tests/system/filter_lists.py \
	tests/system/filter_scan.py \
	tests/system/first_mail.py \
	tests/system/foreign_milter.py \
	tests/system/foreign_rspamd.py \
	tests/system/forwarding.py \
	tests/system/full_disk.py \
	tests/system/guessing.py \
	tests/system/imap_stress.py \
	tests/system/imapclient_perl.py \
	tests/system/installed_users.py \
	tests/system/lib/corpus.py \
	tests/system/lib/harness.py \
	tests/system/lib/imap_model \
	tests/system/lib/letters.py \
	tests/system/lib/message_sets.py \
	tests/system/lib/milter_program.c \
	tests/system/lib/other_sites.py \
	tests/system/lib/private_dovecot.py \
	tests/system/lib/private_postfix.py \
	tests/system/lib/traffic.py \
	tests/system/lib/two_networks.py \
	tests/system/load_balancer.py \
	tests/system/log_follow.py \
	tests/system/mailboxes.py \
	tests/system/mbsync.py \
	tests/system/mixed_traffic.py \
	tests/system/mutt.py \
	tests/system/offlineimap.py \
	tests/system/pop3_clients.py \
	tests/system/postfix_peer.py \
	tests/system/queue_states.py \
	tests/system/queue_remote.py \
	tests/system/queue_verbs.py \
	tests/system/refusals.py \
	tests/system/relay.py \
	tests/system/relay_faults.py \
	tests/system/reload_drain.py \
	tests/system/run \
	tests/system/search_beside_dovecot.md \
	tests/system/search_beside_dovecot.py \
	tests/system/sendmail.py \
	tests/system/sessions.py \
	tests/system/smtp_faults.py \
	tests/system/stats.py \
	tests/system/two_sites.py \
	tests/system/worker_killed.py

# Stands for checks that are not written yet; a case that does not find it is skipped.
check_PROGRAMS += tests/system/verdict_filter
tests_system_verdict_filter_SOURCES = tests/system/lib/verdict_filter.cc
tests_system_verdict_filter_LDADD = src/mdfilterd/libmdfilterd.a $(MD_LIBS) $(MD_SYSTEM_LIBS)
