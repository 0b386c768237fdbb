# man - the pages, made by mdctl from its tables
#
# They are in the tarball; a build makes them anew when mdctl is newer, into its own folder.
made_pages = man/mdctl.8 man/mdmail.conf.5
dist_man_MANS += $(made_pages)
CLEANFILES += $(made_pages)

# Written beside and moved over, so that a page that could not be made is not there.
man/mdctl.8: src/mdctl/mdctl$(EXEEXT)
	$(AM_V_GEN)$(MKDIR_P) man && src/mdctl/mdctl$(EXEEXT) manual mdctl.8 >$@.new && mv $@.new $@
man/mdmail.conf.5: src/mdctl/mdctl$(EXEEXT)
	$(AM_V_GEN)$(MKDIR_P) man && src/mdctl/mdctl$(EXEEXT) manual mdmail.conf.5 >$@.new && mv $@.new $@
