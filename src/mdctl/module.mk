# src/mdctl - the program mdctl
bin_PROGRAMS += src/mdctl/mdctl
src_mdctl_mdctl_SOURCES = src/mdctl/account.cc src/mdctl/ask.cc src/mdctl/ask.h src/mdctl/certificate.cc src/mdctl/certificate.h src/mdctl/command.cc \
	src/mdctl/command.h src/mdctl/command_line.cc src/mdctl/command_line.h src/mdctl/config_file.cc \
	src/mdctl/config_file.h src/mdctl/config_noun.cc src/mdctl/control.cc src/mdctl/control.h src/mdctl/context.cc src/mdctl/context.h src/mdctl/daemons.cc src/mdctl/domain.cc \
	src/mdctl/init.cc src/mdctl/log.cc src/mdctl/log_line.cc src/mdctl/log_line.h src/mdctl/main.cc src/mdctl/manual.cc src/mdctl/owner_files.cc src/mdctl/owner_files.h \
	src/mdctl/process.cc src/mdctl/process.h src/mdctl/queue.cc src/mdctl/refusals.cc src/mdctl/refusals.h
src_mdctl_mdctl_LDADD = $(MD_LIBS) $(MD_SYSTEM_LIBS)
