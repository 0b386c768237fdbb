# src/mdpop3d - the program mdpop3d
noinst_LIBRARIES += src/mdpop3d/libmdpop3d.a
src_mdpop3d_libmdpop3d_a_SOURCES = src/mdpop3d/session.cc src/mdpop3d/session.h src/mdpop3d/services.h \
	src/mdpop3d/login.cc src/mdpop3d/transaction.cc src/mdpop3d/multiline.cc src/mdpop3d/multiline.h
