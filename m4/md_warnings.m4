# MD_WARNINGS - the warnings of every build; --enable-werror makes them errors.
AC_DEFUN([MD_WARNINGS], [
AC_ARG_ENABLE([werror], [AS_HELP_STRING([--enable-werror], [treat warnings as errors])], [], [enable_werror=no])
MD_CXXFLAGS="-Wall -Wextra -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual"
AS_IF([test "x$enable_werror" = xyes], [MD_CXXFLAGS="$MD_CXXFLAGS -Werror"])
AC_SUBST([MD_CXXFLAGS])
])
