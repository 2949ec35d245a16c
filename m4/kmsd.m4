# KMSD_TRY_CFLAG(FLAG, VARIABLE): adds FLAG to VARIABLE when the compiler
# takes it without a warning.
AC_DEFUN([KMSD_TRY_CFLAG], [
	AS_VAR_PUSHDEF([CACHEVAR], [kmsd_cv_cflag_$1])
	AC_CACHE_CHECK([whether $CC accepts $1], [CACHEVAR], [
		kmsd_save=$CFLAGS
		CFLAGS="$CFLAGS -Werror $1"
		AC_COMPILE_IFELSE([AC_LANG_PROGRAM([[#include <stdio.h>]],
		    [[char b[64]; puts(fgets(b, sizeof(b), stdin));]])],
		    [AS_VAR_SET([CACHEVAR], [yes])], [AS_VAR_SET([CACHEVAR], [no])])
		CFLAGS=$kmsd_save
	])
	AS_VAR_IF([CACHEVAR], [yes], [AS_VAR_APPEND([$2], [" $1"])])
	AS_VAR_POPDEF([CACHEVAR])
])

# KMSD_TRY_LDFLAG(FLAG, VARIABLE): the same for the linker.
AC_DEFUN([KMSD_TRY_LDFLAG], [
	AS_VAR_PUSHDEF([CACHEVAR], [kmsd_cv_ldflag_$1])
	AC_CACHE_CHECK([whether the linker accepts $1], [CACHEVAR], [
		kmsd_save=$LDFLAGS
		LDFLAGS="$LDFLAGS $1"
		AC_LINK_IFELSE([AC_LANG_PROGRAM([], [])],
		    [AS_VAR_SET([CACHEVAR], [yes])], [AS_VAR_SET([CACHEVAR], [no])])
		LDFLAGS=$kmsd_save
	])
	AS_VAR_IF([CACHEVAR], [yes], [AS_VAR_APPEND([$2], [" $1"])])
	AS_VAR_POPDEF([CACHEVAR])
])

AC_DEFUN([KMSD_WARNINGS], [
	AC_ARG_ENABLE([werror], [AS_HELP_STRING([--enable-werror],
	    [treat warnings as errors (for CI)])], [], [enable_werror=no])
	WARN_CFLAGS=
	m4_foreach_w([kmsd_flag], [-Wall -Wextra -Wshadow -Wconversion
	    -Wstrict-prototypes -Wmissing-prototypes -Wformat=2 -Wvla
	    -Wwrite-strings], [KMSD_TRY_CFLAG(kmsd_flag, [WARN_CFLAGS])])
	AS_IF([test "$enable_werror" = yes],
	    [WARN_CFLAGS="$WARN_CFLAGS -Werror"])
	AC_SUBST([WARN_CFLAGS])
])

AC_DEFUN([KMSD_HARDENING], [
	AC_ARG_ENABLE([hardening], [AS_HELP_STRING([--disable-hardening],
	    [build without hardening flags])], [], [enable_hardening=yes])
	HARDEN_CFLAGS=
	HARDEN_LDFLAGS=
	HARDEN_PROGRAM_LDFLAGS=
	AS_IF([test "$enable_hardening" = yes], [
		KMSD_TRY_CFLAG([-fstack-protector-strong], [HARDEN_CFLAGS])
		KMSD_TRY_CFLAG([-fstack-clash-protection], [HARDEN_CFLAGS])
		KMSD_TRY_CFLAG([-ftrivial-auto-var-init=zero], [HARDEN_CFLAGS])
		KMSD_TRY_CFLAG([-fcf-protection=full], [HARDEN_CFLAGS])
		KMSD_TRY_CFLAG([-mbranch-protection=standard], [HARDEN_CFLAGS])
		KMSD_TRY_CFLAG([-fPIE], [HARDEN_CFLAGS])
		AS_CASE([" $CFLAGS "], [*" -O0 "*], [], [
			KMSD_TRY_CFLAG(
			    [-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3],
			    [HARDEN_CFLAGS])
		])
		KMSD_TRY_LDFLAG([-Wl,-z,relro,-z,now], [HARDEN_LDFLAGS])
		KMSD_TRY_LDFLAG([-Wl,-z,noexecstack], [HARDEN_LDFLAGS])
		KMSD_TRY_LDFLAG([-pie], [HARDEN_PROGRAM_LDFLAGS])
	])
	KMSD_TRY_LDFLAG([-Wl,--as-needed], [HARDEN_LDFLAGS])
	AC_SUBST([HARDEN_CFLAGS])
	AC_SUBST([HARDEN_LDFLAGS])
	AC_SUBST([HARDEN_PROGRAM_LDFLAGS])
])

AC_DEFUN([KMSD_SANITIZE], [
	AC_ARG_ENABLE([sanitizers], [AS_HELP_STRING([--enable-sanitizers],
	    [build with ASan and UBSan, for tests only])], [],
	    [enable_sanitizers=no])
	SANITIZE_CFLAGS=
	AS_IF([test "$enable_sanitizers" = yes], [
		SANITIZE_CFLAGS="-fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer"
		AC_DEFINE([KMSD_SANITIZED], [1],
		    [Define when built with sanitizers.])
	])
	AC_SUBST([SANITIZE_CFLAGS])
	AM_CONDITIONAL([SANITIZE], [test "$enable_sanitizers" = yes])
])

# libFuzzer targets are built by clang only; with any other compiler the same
# targets become programs that run the corpus once.
AC_DEFUN([KMSD_FUZZ], [
	AC_ARG_ENABLE([fuzz], [AS_HELP_STRING([--enable-fuzz],
	    [build the libFuzzer targets (needs clang)])], [], [enable_fuzz=no])
	FUZZ_CFLAGS=
	FUZZ_LDFLAGS=
	AS_IF([test "$enable_fuzz" = yes], [
		KMSD_TRY_CFLAG([-fsanitize=fuzzer-no-link], [FUZZ_CFLAGS])
		AS_IF([test -z "$FUZZ_CFLAGS"],
		    [AC_MSG_ERROR([--enable-fuzz needs CC=clang])])
		FUZZ_LDFLAGS="-fsanitize=fuzzer"
	])
	AC_SUBST([FUZZ_CFLAGS])
	AC_SUBST([FUZZ_LDFLAGS])
	AM_CONDITIONAL([FUZZ], [test "$enable_fuzz" = yes])
])

# One string, made when the project is configured and the same in all the
# executables of one build; a parent and a child of different builds refuse
# each other.  SOURCE_DATE_EPOCH and BUILD_ID keep builds reproducible.
AC_DEFUN([KMSD_BUILD_IDENTITY], [
	AC_ARG_VAR([BUILD_ID], [identity of this build (default: version and
	    time or a random number)])
	AS_IF([test -z "$BUILD_ID"], [
		AS_IF([test -n "$SOURCE_DATE_EPOCH"],
		    [BUILD_ID="$PACKAGE_VERSION-$SOURCE_DATE_EPOCH"],
		    [BUILD_ID="$PACKAGE_VERSION-`od -An -N8 -tx1 /dev/urandom | tr -d ' \n'`"])
	])
	AC_DEFINE_UNQUOTED([KMSD_BUILD_ID], ["$BUILD_ID"],
	    [The identity of this build.])
])
