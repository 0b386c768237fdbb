# src/mdpop3d - the program mdpop3d, and its sessions as a library for the dialogue tests
noinst_LIBRARIES += src/mdpop3d/libmdpop3d.a
src_mdpop3d_libmdpop3d_a_SOURCES = src/mdpop3d/session.cc src/mdpop3d/session.h src/mdpop3d/services.h \
	src/mdpop3d/login.cc src/mdpop3d/transaction.cc src/mdpop3d/multiline.cc src/mdpop3d/multiline.h \
	src/mdpop3d/read_ahead.cc src/mdpop3d/read_ahead.h

sbin_PROGRAMS += src/mdpop3d/mdpop3d
src_mdpop3d_mdpop3d_SOURCES = src/mdpop3d/main.cc src/mdpop3d/worker.cc src/mdpop3d/worker.h
src_mdpop3d_mdpop3d_LDADD = src/mdpop3d/libmdpop3d.a $(MD_LIBS) $(MD_SYSTEM_LIBS)
