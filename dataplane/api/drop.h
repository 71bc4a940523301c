/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * drop.h - why a frame was dropped: one enum for the whole switch.
 *
 * Every frame that a port received ends either as delivered (at least one destination took it) or
 * with exactly one reason from this list, counted at the port that received it. At all times, for
 * every port: rx_frames = delivered + sum of its drops.
 *
 * To add a reason: one row here. The wire carries the number, so rows are only ever appended.
 */
#ifndef DVS_DROP_H
#define DVS_DROP_H

/*	symbol		 name		     meaning */
#define DVS_DROP_REASONS(X)                                                                        \
	X(RUNT, "runt", "shorter than an Ethernet header")                                         \
	X(OVERSIZE, "oversize", "longer than the port's MTU allows")                               \
	X(BAD_SOURCE, "bad_source", "source MAC is zero, multicast or broadcast")                  \
	X(BAD_OFFLOAD, "bad_offload", "checksum or segmentation request does not fit the frame")   \
	X(BAD_LENGTH_TYPE, "bad_length_type",                                                      \
	  "length/type field is neither an EtherType nor a length within the frame")               \
	X(RESERVED, "reserved", "destination is 01:80:c2:00:00:00 to :0f, not forwarded")          \
	X(PORT_DISABLED, "port_disabled", "the receiving port is disabled")                        \
	X(SAME_PORT, "same_port", "destination is behind the port it came from")                   \
	X(NO_DESTINATION, "no_destination", "no other port of the segment is up")                  \
	X(DEST_DOWN, "dest_down", "the destination port has no link")                              \
	X(DEST_FULL, "dest_full", "the destination queue had no room")                             \
	X(DEST_MTU, "dest_mtu", "longer than the destination port's MTU")                          \
	X(HANDOVER_FULL, "handover_full", "the ring to the destination's worker was full")         \
	X(NO_BUFFER, "no_buffer", "no packet buffer for a software offload or a copy")             \
	X(FORGED_SOURCE, "forged_source", "source is not the port's MAC")                          \
	X(MAC_CHANGED, "mac_changed", "the NIC took a MAC that is not the port's; not learnt")     \
	X(MAC_LIMIT, "mac_limit", "source is one more than the port's mac_limit")                  \
	X(STORM_BROADCAST, "storm_broadcast", "more broadcast than the port may send")             \
	X(STORM_MULTICAST, "storm_multicast", "more multicast than the port may send")             \
	X(STORM_UNKNOWN, "storm_unknown", "more to unknown destinations than the port may send")   \
	X(UNKNOWN_BLOCKED, "unknown_blocked", "no port is known for the destination")              \
	X(BPDU, "bpdu", "a bridge's spanning tree message (BPDU)")                                 \
	X(LLDP, "lldp", "a link layer discovery message (LLDP)")                                   \
	X(VLAN_TAGGED, "vlan_tagged", "a VLAN tag from an access port")                            \
	X(VLAN_NOT_ALLOWED, "vlan_not_allowed", "a VLAN that is not in the trunk's list")          \
	X(VLAN_UNKNOWN, "vlan_unknown", "a VLAN of no segment")                                    \
	X(PRIVATE_VLAN, "private_vlan", "the private VLAN keeps the two ports apart")              \
	X(NO_UPLINK, "no_uplink", "VEPA, and no uplink of the segment is up")                      \
	X(BAD_ARP, "bad_arp", "malformed ARP")                                                     \
	X(BAD_IP, "bad_ip", "malformed IP header, extension headers or fragment")                  \
	X(BAD_ND, "bad_nd", "malformed or fragmented Neighbor Discovery message")                  \
	X(BAD_DHCP, "bad_dhcp", "malformed or fragmented DHCP message")                            \
	X(IP_UNBOUND, "ip_unbound", "source IP address is not bound to the port")                  \
	X(ARP_UNBOUND, "arp_unbound", "ARP sender's IP or MAC address is not the port's")          \
	X(ND_UNBOUND, "nd_unbound", "ND claims an IP or MAC address that is not the port's")       \
	X(DHCP_SERVER, "dhcp_server", "DHCP server's message from a port that is not trusted")     \
	X(DHCP_RELAY, "dhcp_relay", "a DHCP relay's message from a port that is not trusted")      \
	X(DHCP_FORGED, "dhcp_forged", "in another DHCP client's name, or about its address")       \
	X(NO_DHCP_SERVER, "no_dhcp_server", "no port that is trusted with DHCP is up")             \
	X(ROGUE_RA, "rogue_ra", "router advertisement or redirect from a port that is no router")  \
	X(BAD_IGMP, "bad_igmp", "an IGMP message that is malformed")                               \
	X(BAD_MLD, "bad_mld", "an MLD message that is malformed, or not from this link")           \
	X(NO_LISTENER, "no_listener",                                                              \
	  "multicast, or a report of a member, that no port asked for")                            \
	X(MCAST_QUERY, "mcast_query", "a multicast query from a port without a router")            \
	X(ARP_LIMIT, "arp_limit", "more ARP and ND than the port may send")                        \
	X(SUPPRESSED, "suppressed", "request that the switch would answer; never dropped")         \
	X(ACL, "acl", "the port's access control list denies it")                                  \
	X(ACL_TO, "acl_to", "the destination port's access control list denies it")                \
	X(ACL_OPAQUE, "acl_opaque",                                                                \
	  "its headers do not show what an access control list looks at")                          \
	X(MARKER, "marker", "of a color that the port's marker drops")                             \
	X(QUEUE_FULL, "queue_full", "the queue towards the destination port was full")             \
	X(LEARN_LIMIT, "learn_limit",                                                              \
	  "DHCP or duplicate address detection, faster than bindings can be learnt from it")       \
	X(FROM_RATE, "from_rate", "more than the port may send; from_mode is police")

enum dvs_drop_reason {
#define DVS_DROP_ENUM(symbol, name, meaning) DVS_DROP_##symbol,
	DVS_DROP_REASONS(DVS_DROP_ENUM)
#undef DVS_DROP_ENUM
		DVS_DROP_N_REASONS
};

#endif
