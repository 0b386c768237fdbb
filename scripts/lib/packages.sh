# scripts/lib/packages.sh - installs what scripts/packages names and the machine lacks (sourced by quickstart, check and bench/run)
#
#   install_packages GROUP...    does nothing where all is there; apt-get as root or by sudo otherwise
#
# Servers among them are not started by their packages: where no policy-rc.d stands, one that says no is laid for the time of the
# installation, and services that ran before are left as they are.

missing_packages() {
    local group package
    while read -r group package; do
        case " $* " in *" $group "*) ;; *) continue ;; esac
        [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || echo "$package"
    done < <(grep -v '^#' "$top/scripts/packages")
}

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        echo "${0##*/}: packages are missing, and neither root nor sudo is at hand to install: $*" >&2
        return 1
    fi
}

install_packages() {
    local missing policy=/usr/sbin/policy-rc.d laid=no code=0 log package
    command -v dpkg-query >/dev/null || {
        echo "${0##*/}: not a Debian system; install what scripts/packages names by hand" >&2
        return 0
    }
    missing=$(missing_packages "$@")
    [ -n "$missing" ] || return 0
    echo "installing: $(echo $missing)"
    log=$(mktemp)
    if [ ! -e $policy ]; then
        printf '#!/bin/sh\nexit 101\n' | as_root tee $policy >/dev/null && as_root chmod 755 $policy && laid=yes
    fi
    {
        as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq update &&
            as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -y --no-install-recommends -o Dpkg::Use-Pty=0 \
                -o Dpkg::Options::=--force-confold install $missing
    } </dev/null >"$log" 2>&1 || code=1
    [ $laid = no ] || as_root rm -f $policy
    # Nor are they started at the next boot.
    for package in $missing; do
        case $package in postfix | dovecot-* | nsd) as_root systemctl disable "${package%%-*}" >/dev/null 2>&1 ;; esac
    done
    [ $code -eq 0 ] || {
        tail -n 20 "$log" >&2
        echo "${0##*/}: apt-get could not install: $(echo $missing)" >&2
    }
    rm -f "$log"
    return $code
}
