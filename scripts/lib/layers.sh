# scripts/lib/layers.sh - what each layer of scripts/check does (sourced by it)
#
# Each run_LAYER adds lines to $results, by run_tests.py or by record; none stops another.

record() { printf '%s\t%s\t%d\t%d\t%d\t%d\n' "$1" "$2" "$3" "$4" "$5" "${6:-0}" >>"$results"; }

# step LAYER NAME COMMAND...: one case by its exit code; its output is shown when it fails
step() {
    local layer=$1 name=$2 log=$build/$1-$2.log started=$SECONDS
    shift 2
    if "$@" >"$log" 2>&1 </dev/null; then
        echo "  $name: passed ($((SECONDS - started)) s)"
        record "$layer" "$name" 1 0 0 $((SECONDS - started))
    else
        echo "  $name: FAILED ($((SECONDS - started)) s)"
        tail -n 150 "$log" | sed 's/^/    /'
        record "$layer" "$name" 0 1 0 $((SECONDS - started))
        return 1
    fi
}

tests() {
    local layer=$1
    shift
    (cd "$sanitized" && srcdir=$top builddir=$sanitized "$top/scripts/lib/run_tests.py" --results "$results" --layer "$layer" \
        --jobs "$jobs" "$@")
}

configure_sanitized() {
    configure_tree "$top" "$sanitized" --enable-sanitizers --enable-werror CXX="$(compiler)" CXXFLAGS="-O0 -g1"
}

# The sanitized build holds libraries, programs and tests; built once, for whichever layer comes first.
sanitized_built=
build_sanitized() {
    [ -z "$sanitized_built" ] || return "$sanitized_built"
    sanitized_built=1
    step build configure configure_sanitized || return 1
    step build sanitized programs_and_tests || return 1
    sanitized_built=0
}

# One after the other: as two goals of one make both would write the same libraries at once.
programs_and_tests() { make_in "$sanitized" -k all && make_in "$sanitized" -k build-tests; }

make_in() {
    local folder=$1
    shift
    make -C "$folder" -j "$jobs" --no-print-directory "$@"
}

# listed KIND FOLDER: the tests that the Makefile names, below FOLDER
listed() {
    local names
    names=$(make -s --no-print-directory -C "$sanitized" "list-$1-tests" 2>/dev/null) || {
        echo "  the list of $1 tests cannot be had from make in $sanitized" >&2
        record "$1" list 0 1 0
        return
    }
    tail -n 1 <<<"$names" | tr ' ' '\n' | sed -n "s|^tests/|$2/tests/|p"
}

run_lint() {
    local name
    for name in layers awaits headers doc fragments; do
        step lint "check-$name" env srcdir="$top" "$top/scripts/check-$name"
    done
    step lint clang-format clang_format
}

# Names each file once, with the first place.
clang_format() {
    (cd "$top" && find src tests bench \( -name '*.cc' -o -name '*.h' \) ! -path 'tests/regress/check_awaits/*' -print0 |
        xargs -0 clang-format --dry-run -Werror 2>&1 | grep ': error: ' | sort -t: -k1,1 -u; exit "${PIPESTATUS[1]}")
}

# listed_tests KIND FOLDER OPTION...
listed_tests() {
    local kind=$1 folder=$2 programs
    shift 2
    build_sanitized
    programs=$(listed "$kind" "$folder")
    [ -z "$programs" ] || tests "$kind" --limit 300 "$@" $programs
}

run_unit() { listed_tests unit "$sanitized" --gtest; }

# They wait more than they compute. An odd number of parts: the four ways to run a script follow each other and are not equally long.
run_dialogue() {
    local parts=$((3 * (jobs + jobs % 2) + 1))
    listed_tests dialogue "$sanitized" --gtest --jobs $parts --shards $parts
}

run_fuzz() {
    build_sanitized
    tests fuzz --limit 600 "$sanitized/tests/fuzz/fuzz_replay"
}

run_regress() { listed_tests regress "$top"; }

# As distcheck does it, but incremental: the tarball's tree, read-only, and a build beside it.
unpack() {
    chmod -R u+w "$build/source" 2>/dev/null
    rm -rf "$build/source"
    mkdir "$build/source"
    make_in "$sanitized" dist && tar -xJf "$sanitized"/mdmail-*.tar.xz -C "$build/source" --strip-components=1 &&
        chmod -R a-w "$build/source"
}

optimised_built=
build_optimised() {
    [ -z "$optimised_built" ] || return "$optimised_built"
    optimised_built=1
    step build configure configure_sanitized || return 1
    step dist tarball unpack || return 1
    step dist configure configure_tree "$build/source" "$optimised" --enable-werror --prefix=/usr --sysconfdir=/etc \
        --localstatedir=/var CXX="$(compiler)" CXXFLAGS="-O2 -g1" || return 1
    step dist build make_in "$optimised" all || return 1
    optimised_built=0
}

run_dist() {
    local stage=$build/stage
    build_optimised || return
    step dist check make_in "$optimised" check-sessions VERBOSE=1
    rm -rf "$stage"
    step dist install make_in "$optimised" install DESTDIR="$stage"
    step dist uninstall uninstall_leaves_nothing "$stage"
    step dist distclean distclean_leaves_nothing
}

uninstall_leaves_nothing() {
    make_in "$optimised" uninstall DESTDIR="$1" || return 1
    local left
    left=$(find "$1" ! -type d)
    [ -z "$left" ] || { echo "left by uninstall: $left"; return 1; }
}

# A build lives longer than some sources: the notes of those that have left the tree are not distclean's to remove.
forget_lost_sources() {
    local note
    (cd "$1" && find . -name '*.Po' -printf '%P\n') | while read -r note; do
        grep -qF "${note/.deps/\$(DEPDIR)}" "$1/Makefile" || rm -f "$1/$note"
    done
}

# In a copy of links, so that the build stays for the system tests and the next run.
distclean_leaves_nothing() {
    local copy=$build/distclean left
    rm -rf "$copy"
    cp -al "$optimised" "$copy" && rm -f "$copy/.options" && forget_lost_sources "$copy" && make_in "$copy" distclean || return 1
    left=$(find "$copy" -type f)
    rm -rf "$copy"
    [ -z "$left" ] || { echo "left by distclean: $left"; return 1; }
}

run_system() {
    build_optimised || return
    [[ " ${layers[*]} " != *" clang "* ]] || begin_clang 1
    srcdir=$top MDMAIL_PROGRAMS=$optimised "$top/scripts/lib/run_tests.py" --results "$results" --layer system --jobs 1 --limit 300 \
        $("$top/tests/system/run" --list)
}

# Beside the system tests, which wait more than they compute, with what these leave of the machine.
clang_beside=
# begin_clang JOBS
begin_clang() {
    [ -z "$clang_beside" ] || return 0
    local at_once=$1
    set -m  # a process group of its own, to end it by
    (
        exec 9>&-  # the lock is ours alone
        renice -n 19 "$BASHPID" >/dev/null
        jobs=$at_once
        read_by_clang
    ) >"$build/clang.log" 2>&1 </dev/null &
    clang_beside=$!
    set +m
    trap 'kill -- "-$clang_beside" 2>/dev/null' EXIT
}
read_by_clang() { step build configure configure_sanitized && step clang tree make_in "$sanitized" check-clang; }
run_clang() {
    begin_clang "$jobs"
    wait "$clang_beside"
    trap - EXIT
    cat "$build/clang.log"
    grep -q "^clang	tree	" "$results" || record clang tree 0 1 0  # it was ended
}

run_long() {
    export MDMAIL_LONG=1
    run_unit
    tests fuzz --limit 3600 "$sanitized/tests/fuzz/fuzz_replay"
    run_system
    step long check make_in "$optimised" check TEST_SECONDS=2400 VERBOSE=1
}

summary() {
    echo
    awk -F '\t' '{ seconds[$1] += $6; passed[$1] += $3; failed[$1] += $4; skipped[$1] += $5; if (!($1 in at)) { at[$1] = ++n; name[n] = $1 } }
        $4 > 0 { print "FAILED: " $1 " " $2 }
        END { for (i = 1; i <= n; i++) printf "  %-10s %5d passed %3d failed %3d skipped\n", name[i], passed[name[i]], failed[name[i]], skipped[name[i]] }' "$results"
    awk -F '\t' '{ p += $3; f += $4; s += $5 } END { printf "%d passed, %d failed, %d skipped\n", p, f, s; exit f > 0 }' "$results"
}
