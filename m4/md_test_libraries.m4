# MD_TEST_LIBRARIES - what make check needs; without GoogleTest the product builds, and make check says what is missing.
AC_DEFUN([MD_TEST_LIBRARIES], [
PKG_CHECK_MODULES([GTEST], [gtest], [have_gtest=yes], [have_gtest=no])
PKG_CHECK_MODULES([GTEST_MAIN], [gtest_main gmock], [], [have_gtest=no])
AM_CONDITIONAL([HAVE_GTEST], [test "x$have_gtest" = xyes])
])
