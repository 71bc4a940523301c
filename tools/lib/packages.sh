# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash disable=SC2034
# The Debian packages that the project needs, by purpose: one list for every script.

# To build the daemons and dvsctl.
DVS_BUILD_PACKAGES=(
	gcc libc6-dev meson ninja-build pkg-config
	libdpdk-dev libevent-dev libjansson-dev libcyaml-dev libyaml-dev libsqlite3-dev libpcap-dev
)

# To run the switch with guests in QEMU.
DVS_RUN_PACKAGES=(
	iproute2 procps util-linux python3
	qemu-system-x86 busybox-static dash ethtool iperf3 iputils-ping
)

# To run the tests: unit tests, sanitizers, fuzzing, testpmd as a NIC of its own, hostile frames,
# counts of instructions; DHCP servers and clients and programs that ask for addresses; another
# switch to compare with.
DVS_TEST_PACKAGES=(
	libcmocka-dev clang libclang-rt-14-dev dpdk-dev python3-scapy socat valgrind
	dnsmasq-base udhcpc isc-dhcp-client iputils-arping ndisc6
	openvswitch-switch
)
