# MD_SUMMARY - what configure decided, in one look.
AC_DEFUN([MD_SUMMARY], [
AC_MSG_NOTICE([
  mdmail $PACKAGE_VERSION
    compiler      $CXX $CXXFLAGS
    sanitizers    $enable_sanitizers
    fuzzing       $enable_fuzzing
    coverage      $enable_coverage
    warnings      errors: $enable_werror
    unit tests    $have_gtest
    prefix        $prefix
    sysconfdir    $sysconfdir
    localstatedir $localstatedir])
])
