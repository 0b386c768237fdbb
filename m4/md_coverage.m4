# MD_COVERAGE - --enable-coverage: gcov counters in everything that is built.
AC_DEFUN([MD_COVERAGE], [
AC_ARG_ENABLE([coverage], [AS_HELP_STRING([--enable-coverage], [build with gcov counters])], [], [enable_coverage=no])
MD_COVERAGE_FLAGS=
AS_IF([test "x$enable_coverage" = xyes], [MD_COVERAGE_FLAGS="--coverage"])
AC_SUBST([MD_COVERAGE_FLAGS])
])
