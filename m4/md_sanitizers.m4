# MD_SANITIZERS - --enable-sanitizers[=address,undefined] instruments everything that is built.
# Of undefined neither null (the use of a null pointer faults anyway) nor alignment: a fifth of the compile time.
# The files of tests/ have address alone: what they test is instrumented, and undefined takes two fifths of their compile time.
AC_DEFUN([MD_SANITIZERS], [
AC_ARG_ENABLE([sanitizers], [AS_HELP_STRING([--enable-sanitizers@<:@=LIST@:>@],
  [build with sanitizers (default LIST: address,undefined)])], [], [enable_sanitizers=no])
MD_SANITIZE_FLAGS=
MD_SANITIZE_TEST_FLAGS=
AS_CASE([$enable_sanitizers],
  [no], [],
  [yes], [MD_SANITIZE_FLAGS="-fsanitize=address,undefined -fno-sanitize=null,alignment -fno-sanitize-recover=undefined -fno-omit-frame-pointer"
    MD_SANITIZE_TEST_FLAGS=-fno-sanitize=undefined],
  [MD_SANITIZE_FLAGS="-fsanitize=$enable_sanitizers -fno-omit-frame-pointer"])
AC_SUBST([MD_SANITIZE_FLAGS])
AC_SUBST([MD_SANITIZE_TEST_FLAGS])
])
