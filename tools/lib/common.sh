# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# What the scripts of tools/ share: messages, packages, builds, hugepages.
#
# A script sources it after `set -euo pipefail`; DVS_TOP is the project's top directory then.

DVS_TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=tools/lib/packages.sh
. "$DVS_TOP/tools/lib/packages.sh"

if [ -t 1 ]; then
	bold=$'\e[1m' red=$'\e[31m' green=$'\e[32m' plain=$'\e[0m'
else
	bold='' red='' green='' plain=''
fi

warn() {
	printf '%swarning:%s %s\n' "$red" "$plain" "$*" >&2
}

# die WHAT-HAPPENED [WHAT-TO-DO]
die() {
	printf '%serror:%s %s\n' "$red" "$plain" "$1" >&2
	[ $# -lt 2 ] || printf '       %s\n' "$2" >&2
	exit 1
}

# Names of those packages that are not installed.
missing_packages() {
	local name
	for name in "$@"; do
		dpkg-query -W -f '${db:Status-Status}\n' "$name" 2>/dev/null |
			grep -qx installed || echo "$name"
	done
}

# apt without questions. Services of what it installs are not started: a program is wanted, no daemon.
quiet_apt() (
	policy=/usr/sbin/policy-rc.d # see invoke-rc.d(8)
	if [ ! -e "$policy" ]; then
		trap 'rm -f "$policy"' EXIT
		printf '#!/bin/sh\nexit 101\n' >"$policy"
		chmod 755 "$policy"
	fi
	export DEBIAN_FRONTEND=noninteractive
	apt-get -qq update && apt-get -qq install -y --no-install-recommends "$@"
)

# Installs what is missing; asks nothing. Returns at once when all is there.
ensure_packages() {
	local missing log
	command -v dpkg-query >/dev/null ||
		die "this is not Debian: packages cannot be installed for you" \
			"install by hand what these Debian packages have: $*"
	mapfile -t missing < <(missing_packages "$@")
	[ ${#missing[@]} -gt 0 ] || return 0
	[ "$(id -u)" -eq 0 ] ||
		die "packages are missing: ${missing[*]}" \
			"run this with sudo, or: sudo apt-get install ${missing[*]}"
	echo "  installing ${missing[*]}"
	log=$(mktemp)
	if ! quiet_apt "${missing[@]}" >"$log" 2>&1; then
		tail -n 20 "$log" >&2
		rm -f "$log"
		die "apt-get could not install ${missing[*]}" \
			"check the network and /etc/apt/sources.list, then try again"
	fi
	rm -f "$log"
}

# build_tree DIRECTORY LOG [MESON-SETUP-ARGUMENT...]: configures once, then compiles what changed.
build_tree() {
	local directory=$1 log=$2
	shift 2
	if [ ! -e "$directory/build.ninja" ]; then
		rm -rf "$directory"
		meson setup "$directory" "$DVS_TOP" "$@" >"$log" 2>&1 || return 1
	fi
	ninja -C "$directory" -j "$(nproc)" >>"$log" 2>&1
}

# reserve_hugepages MEGABYTES FILE: adds so many 2 MB pages, and keeps in FILE how many those are:
# several who do this at the same time do not take each other's. What is free already does where
# not all can be added. Fails, and changes nothing, when the machine has not got them.
reserve_hugepages() {
	local pool=/sys/kernel/mm/hugepages/hugepages-2048kB want=$(($1 / 2)) before
	[ -w "$pool/nr_hugepages" ] || return 1
	restore_hugepages "$2"
	before=$(<"$pool/nr_hugepages")
	# Leave the machine at least as much ordinary memory as is taken.
	if [ "$(awk '/^MemAvailable:/ { print int($2 / 1024) }' /proc/meminfo)" -gt $((2 * $1)) ]; then
		echo $((before + want)) >"$pool/nr_hugepages" 2>/dev/null || true
	fi
	echo $(($(<"$pool/nr_hugepages") - before)) >"$2"
	[ "$(<"$pool/free_hugepages")" -lt "$want" ] || return 0
	restore_hugepages "$2"
	return 1
}

# restore_hugepages FILE: takes away what reserve_hugepages added.
restore_hugepages() {
	local pool=/sys/kernel/mm/hugepages/hugepages-2048kB
	[ -s "$1" ] || return 0
	echo $(($(<"$pool/nr_hugepages") - $(<"$1"))) >"$pool/nr_hugepages" 2>/dev/null || true
	rm -f "$1"
}
