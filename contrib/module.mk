# contrib - what an installation may use: units, users and folders for systemd
EXTRA_DIST += contrib/systemd/mdmail@.service contrib/systemd/mdmail.target contrib/systemd/mdmail.sysusers \
	contrib/systemd/mdmail.tmpfiles
