# scripts/lib/build.sh - build folders outside the tree (sourced by quickstart and check)
#
#   build_root           the folder for this checkout's builds: $MDMAIL_BUILD, or one below the user's cache, named after its path
#   configure_tree SOURCE BUILD OPTION...    autoreconf where needed, then configure where needed
#   ccache is used where it is there; clones that lie alike to their builds share it, for all paths are relative.

jobs=${MDMAIL_JOBS:-$(nproc)}
export CCACHE_BASEDIR=$top CCACHE_NOHASHDIR=1 CCACHE_SLOPPINESS=pch_defines,time_macros

build_root() {
    local cache=${XDG_CACHE_HOME:-${HOME:-/var/tmp}/.cache}
    echo "${MDMAIL_BUILD:-$cache/mdmail/$(basename "$top")-$(printf %s "$top" | cksum | cut -d' ' -f1)}"
}

compiler() {
    if command -v ccache >/dev/null; then echo "ccache g++"; else echo g++; fi
}

configure_tree() {
    local source=$1 build=$2
    shift 2
    export CCACHE_BASEDIR=$source
    if [ ! -x "$source/configure" ] || [ "$source/configure.ac" -nt "$source/configure" ]; then
        (cd "$source" && autoreconf -fi) || return 1
    fi
    mkdir -p "$build"
    if [ ! -f "$build/config.status" ] || [ "$(cat "$build/.options" 2>/dev/null)" != "$*" ]; then
        (cd "$build" && "$(realpath --relative-to=. "$source")/configure" -q "$@") || return 1
        echo "$*" >"$build/.options"
    fi
}
