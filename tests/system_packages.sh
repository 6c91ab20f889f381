#!/bin/sh
# Installs what the tests need from the system's package manager, if it is missing and we may.
set -eu
missing=""
command -v chromium >/dev/null 2>&1 || command -v google-chrome >/dev/null 2>&1 || missing="$missing chromium"
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || missing="$missing postgresql"
# What runs the samples of the guide in other languages; without it their tests say so and are left out.
useful=""
command -v node >/dev/null 2>&1 || useful="$useful nodejs"
command -v php >/dev/null 2>&1 || useful="$useful php-cli"
may_install=""
[ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1 && may_install=yes
[ -z "$missing" ] && { [ -z "$useful" ] || [ -z "$may_install" ]; } && exit 0
if [ -n "$may_install" ]; then
    apt-get update -qq
    export DEBIAN_FRONTEND=noninteractive
    install="apt-get -o DPkg::Lock::Timeout=400 install -y -qq --no-install-recommends"
    # shellcheck disable=SC2086
    [ -z "$missing" ] || $install $missing fonts-noto-core
    # shellcheck disable=SC2086
    [ -z "$useful" ] || $install $useful || echo "Left out:$useful" >&2
else
    echo "The tests need these programs:$missing. Install them and run 'make test' again." >&2
    exit 1
fi
