# etc - the sample of the configuration, made by mdctl from the table of options
nodist_doc_DATA = etc/mdmail.conf.sample
CLEANFILES += etc/mdmail.conf.sample

etc/mdmail.conf.sample: src/mdctl/mdctl$(EXEEXT)
	$(AM_V_GEN)$(MKDIR_P) etc && src/mdctl/mdctl$(EXEEXT) manual mdmail.conf.sample >$@.new && mv $@.new $@
