# MD_FUZZING - --enable-fuzzing links each fuzz target with libFuzzer (needs clang); without it they are replayed by make check.
AC_DEFUN([MD_FUZZING], [
AC_ARG_ENABLE([fuzzing], [AS_HELP_STRING([--enable-fuzzing], [build libFuzzer programs (CXX=clang++)])], [],
  [enable_fuzzing=no])
AM_CONDITIONAL([ENABLE_FUZZING], [test "x$enable_fuzzing" = xyes])
])
