#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# First process of a test guest: brings the NICs up as the kernel command line says, then serves
# a shell on the first serial port and commands for `tools/guest exec` on the second.
#
# Words of the kernel command line:
#	name=q0		host name
#	addr=10.0.0.1/24[,fd00::1/64]	addresses of eth0; addr1=... of eth1
#	mtu=9000	MTU of every NIC
#	probe=1		print a line and power off: does this accelerator boot a guest at all?
export PATH=/bin HOME=/root TERM=vt100
mount -t proc none /proc
mount -t sysfs none /sys
mount -t devtmpfs none /dev
mount -t tmpfs none /tmp
mount -t tmpfs none /run

for word in $(cat /proc/cmdline); do
	value=${word#*=}
	case "$word" in
	name=*) name=$value ;;
	addr=*) addr=$value ;;
	addr1=*) addr1=$value ;;
	mtu=*) mtu=$value ;;
	probe=*) probe=$value ;;
	esac
done
if [ -n "${probe:-}" ]; then
	echo "dvs-guest-booted"
	poweroff -f
fi
hostname "${name:-guest}"
for module in /modules/*.ko; do
	insmod "$module"
done

# No duplicate address detection: an address is usable at once.
echo 0 > /proc/sys/net/ipv6/conf/default/accept_dad
echo 0 > /proc/sys/net/ipv6/conf/all/accept_dad
echo "0 2147483647" > /proc/sys/net/ipv4/ping_group_range
ip link set lo up
set_up() {
	[ -e "/sys/class/net/$1" ] || return 0
	[ -z "${mtu:-}" ] || ip link set "$1" mtu "$mtu"
	ip link set "$1" up
	for address in $(echo "$2" | tr ',' ' '); do
		ip address add "$address" dev "$1"
	done
}
set_up eth0 "${addr:-}"
set_up eth1 "${addr1:-}"

# IPv6 addresses are tentative (flag 0x40) until the kernel has seen the carrier, and nothing is
# sent from one that is.
has_tentative() {
	while read -r _ _ _ _ flags _; do
		[ $((0x$flags & 0x40)) -eq 0 ] || return 0
	done < /proc/net/if_inet6
	return 1
}
tries=0
while [ "$tries" -lt 50 ] && has_tentative; do
	sleep 0.1
	tries=$((tries + 1))
done

# One command a line: "IDENTIFIER SECONDS BASE64". Answers the raw output between the lines
# "<STX>IDENTIFIER" and "<ETX>IDENTIFIER STATUS".
serve() {
	stty raw -echo
	while read -r id seconds command; do
		[ -n "$command" ] || continue
		printf '\002%s\n' "$id"
		timeout -s KILL "$seconds" /bin/sh -c "$(echo "$command" | base64 -d)" \
			< /dev/null 2>&1
		printf '\n\003%s %d\n' "$id" "$?"
	done
}
while :; do
	serve < /dev/ttyS1 > /dev/ttyS1
	sleep 1
done &

echo "guest ${name:-} is up; this is a shell on its console"
while :; do
	setsid cttyhack /bin/sh -i < /dev/ttyS0 > /dev/ttyS0 2>&1
done
