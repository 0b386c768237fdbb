# MD_FUZZING - --enable-fuzzing has libFuzzer count what is reached in everything that is built, and links each fuzz target with it (needs
# clang); without it the targets are replayed by make check.
AC_DEFUN([MD_FUZZING], [
AC_ARG_ENABLE([fuzzing], [AS_HELP_STRING([--enable-fuzzing], [build libFuzzer programs (CXX=clang++)])], [],
  [enable_fuzzing=no])
MD_FUZZING_FLAGS=
AS_IF([test "x$enable_fuzzing" = xyes], [MD_FUZZING_FLAGS="-fsanitize=fuzzer-no-link"])
AC_SUBST([MD_FUZZING_FLAGS])
AM_CONDITIONAL([ENABLE_FUZZING], [test "x$enable_fuzzing" = xyes])
])
