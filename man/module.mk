# man - the pages, made by mdctl from its tables; mdmail-reports(5) is written by hand
#
# They are in the tarball; a build makes them anew when mdctl is newer, into its own folder.
made_pages = man/mdctl.8 man/mdmail.conf.5 man/mdmail-events.7 man/mdmail-stats.7 man/mdfilterd.8 man/mdimapd.8 man/mdpop3d.8 man/mdqueue.8 man/mdsmtpd.8 man/sendmail.1
dist_man_MANS += $(made_pages) man/mdmail-reports.5
CLEANFILES += $(made_pages)

# Written beside and moved over, so that a page that could not be made is not there.
$(made_pages): src/mdctl/mdctl$(EXEEXT)
	$(AM_V_GEN)$(MKDIR_P) man && src/mdctl/mdctl$(EXEEXT) manual $(@F) >$@.new && mv $@.new $@
