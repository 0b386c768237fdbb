# MD_LIBRARIES - the libraries that the product itself is made of; each row of doc/LICENCES has its look-up here.
AC_DEFUN([MD_LIBRARIES], [
PKG_PROG_PKG_CONFIG
PKG_CHECK_MODULES([EVENT], [libevent_core >= 2.1 libevent_pthreads])
PKG_CHECK_MODULES([OPENSSL], [openssl >= 3.0])
PKG_CHECK_MODULES([UNBOUND], [libunbound])
PKG_CHECK_MODULES([FMT], [fmt])
PKG_CHECK_MODULES([TOMLPP], [tomlplusplus])
PKG_CHECK_MODULES([JSON], [nlohmann_json])
PKG_CHECK_MODULES([CLI11], [CLI11])
PKG_CHECK_MODULES([GSASL], [libgsasl])
PKG_CHECK_MODULES([CRYPT], [libcrypt])
PKG_CHECK_MODULES([IDN2], [libidn2])
PKG_CHECK_MODULES([ICU], [icu-uc])
PKG_CHECK_MODULES([ZLIB], [zlib])
AC_CHECK_HEADER([db.h], [], [AC_MSG_ERROR([Berkeley DB 5.3 is needed (Debian: libdb5.3-dev)])])
AC_SUBST([DB_LIBS], [-ldb-5.3])
])
