/* SPDX-License-Identifier: BSD-3-Clause */
#include "tap_interface.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <net/if.h>

#include <linux/if_tun.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>

#include "port.h"

_Static_assert(DVS_IFNAME_MAX == IFNAMSIZ, "interface names");

#define TUN_DEVICE "/dev/net/tun"

/* The kernel's rules (dev_valid_name), and no '%', which it would replace by a number. */
static int choose_name(const struct dvs_port *port, char name[DVS_IFNAME_MAX],
		       struct dvs_error *err)
{
	const char *wanted = port->ifname[0] != '\0' ? port->ifname : port->name;

	snprintf(name, DVS_IFNAME_MAX, "%.*s", DVS_IFNAME_MAX - 1, wanted);
	if (name[0] == '\0' || strcmp(name, ".") == 0 || strcmp(name, "..") == 0 ||
	    strpbrk(name, "/:% \t\n\v\f\r") != NULL)
		return dvs_error_set(err, -EINVAL, NULL, "ifname",
				     "\"%s\" cannot be an interface name: 1 to 15 characters "
				     "without space, '/', ':' and '%%'",
				     name);
	return 0;
}

static int describe_tun_failure(int rc, const char *name, struct dvs_error *err)
{
	switch (rc) {
	case -EBUSY:
		return dvs_error_set(err, -EEXIST, NULL, "ifname",
				     "an interface %s exists already: choose another ifname", name);
	case -EPERM:
	case -EACCES:
		return dvs_error_set(err, rc, NULL, "kind",
				     "may not make a tap interface: the switch needs "
				     "CAP_NET_ADMIN and access to " TUN_DEVICE);
	default:
		return dvs_error_set(err, rc, NULL, "ifname", "cannot make interface %s: %s", name,
				     strerror(-rc));
	}
}

/* The TUN_F_x that say what the kernel may leave undone in frames that we read. */
static unsigned int offload_flags(uint32_t accept)
{
	unsigned int flags = 0;

	if (accept & DVS_ACCEPT_CSUM)
		flags |= TUN_F_CSUM;
	if (accept & DVS_ACCEPT_TSO4)
		flags |= TUN_F_TSO4;
	if (accept & DVS_ACCEPT_TSO6)
		flags |= TUN_F_TSO6;
	if (accept & DVS_ACCEPT_ECN)
		flags |= TUN_F_TSO_ECN;
	return flags;
}

static int set_up_queue(int fd, const struct ifreq *request, unsigned int offload)
{
	const int header = DVS_TAP_VNET_HEADER;
	struct ifreq copy = *request;

	if (ioctl(fd, TUNSETIFF, &copy) < 0 || ioctl(fd, TUNSETVNETHDRSZ, &header) < 0 ||
	    ioctl(fd, TUNSETOFFLOAD, (unsigned long)offload) < 0)
		return -errno;
	return 0;
}

static int open_queues(struct dvs_tap_interface *tap, uint16_t n, uint32_t accept,
		       struct dvs_error *err)
{
	struct ifreq request = {0};
	int rc;

	memcpy(request.ifr_name, tap->name, IFNAMSIZ);
	request.ifr_flags = (short)(IFF_TAP | IFF_NO_PI | IFF_VNET_HDR);
	if (n > 1)
		request.ifr_flags = (short)(request.ifr_flags | IFF_MULTI_QUEUE);
	while (tap->n_queues < n) {
		struct ifreq queue_request = request;
		int fd = open(TUN_DEVICE, O_RDWR | O_NONBLOCK | O_CLOEXEC);

		if (fd < 0 && errno == ENOENT)
			return dvs_error_set(err, -ENOENT, NULL, "kind",
					     TUN_DEVICE " does not exist: load the kernel module "
							"tun");
		if (fd < 0)
			return describe_tun_failure(-errno, tap->name, err);
		tap->queue_fd[tap->n_queues++] = fd;
		/* The first makes the interface, and must not join one that somebody else has. */
		if (tap->n_queues == 1)
			queue_request.ifr_flags |= (short)IFF_TUN_EXCL;
		rc = set_up_queue(fd, &queue_request, offload_flags(accept));
		if (rc < 0)
			return describe_tun_failure(rc, tap->name, err);
	}
	return 0;
}

static void name_request(const struct dvs_tap_interface *tap, struct ifreq *request)
{
	memset(request, 0, sizeof(*request));
	memcpy(request->ifr_name, tap->name, IFNAMSIZ);
}

int dvs_tap_interface_set_mtu(struct dvs_tap_interface *tap, uint16_t mtu)
{
	struct ifreq request;

	name_request(tap, &request);
	request.ifr_mtu = mtu;
	return ioctl(tap->control_fd, SIOCSIFMTU, &request) < 0 ? -errno : 0;
}

void dvs_tap_interface_set_carrier(struct dvs_tap_interface *tap, bool has_carrier)
{
	int carrier = has_carrier;

	(void)ioctl(tap->queue_fd[0], TUNSETCARRIER, &carrier);
}

static int find_index(const struct dvs_tap_interface *tap)
{
	struct ifreq request;

	name_request(tap, &request);
	return ioctl(tap->control_fd, SIOCGIFINDEX, &request) < 0 ? 0 : request.ifr_ifindex;
}

/*
 * Closing the last queue ends the interface too, but only when nobody else has a reference: who
 * looks at /proc/PID/fd has one for a moment, and the name would be taken for as long. An index is
 * never given again, so this cannot hit another interface.
 */
static void delete_interface(const struct dvs_tap_interface *tap)
{
	struct {
		struct nlmsghdr header;
		struct ifinfomsg link;
	} request = {
		.header = {.nlmsg_len = sizeof(request),
			   .nlmsg_type = RTM_DELLINK,
			   .nlmsg_flags = NLM_F_REQUEST},
		.link = {.ifi_family = AF_UNSPEC, .ifi_index = tap->index},
	};

	if (tap->index > 0)
		(void)send(tap->control_fd, &request, sizeof(request), 0);
}

static int set_admin_up(struct dvs_tap_interface *tap)
{
	struct ifreq request;

	name_request(tap, &request);
	if (ioctl(tap->control_fd, SIOCGIFFLAGS, &request) < 0)
		return -errno;
	request.ifr_flags = (short)(request.ifr_flags | IFF_UP);
	return ioctl(tap->control_fd, SIOCSIFFLAGS, &request) < 0 ? -errno : 0;
}

/* In the interface's namespace. */
static int open_here(struct dvs_tap_interface *tap, const struct dvs_port *port, uint32_t accept,
		     struct dvs_error *err)
{
	int rc;

	tap->control_fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	if (tap->control_fd < 0)
		return dvs_error_set(err, -errno, NULL, NULL, "cannot make a socket: %s",
				     strerror(errno));
	rc = open_queues(tap, port->queues, accept, err);
	if (rc < 0)
		return rc;
	tap->index = find_index(tap);
	rc = dvs_tap_interface_set_mtu(tap, port->policy.mtu);
	if (rc < 0)
		return dvs_error_set(err, rc, NULL, "mtu", "%u is not possible on a tap: %s",
				     port->policy.mtu, strerror(-rc));
	dvs_tap_interface_set_carrier(tap, port->enabled);
	rc = set_admin_up(tap);
	if (rc < 0)
		return dvs_error_set(err, rc, NULL, "ifname", "cannot set %s up: %s", tap->name,
				     strerror(-rc));
	return 0;
}

int dvs_tap_interface_check(const struct dvs_port *port, struct dvs_error *err)
{
	struct dvs_netns_visit visit;
	char name[DVS_IFNAME_MAX];
	int rc = choose_name(port, name, err);

	if (rc == 0)
		rc = dvs_netns_enter(&visit, port->netns, err);
	if (rc == 0)
		dvs_netns_leave(&visit);
	return rc;
}

int dvs_tap_interface_open(struct dvs_tap_interface *tap, const struct dvs_port *port,
			   uint32_t accept, struct dvs_error *err)
{
	struct dvs_netns_visit visit;
	int rc;

	memset(tap, 0, sizeof(*tap));
	tap->control_fd = -1;
	rc = choose_name(port, tap->name, err);
	if (rc < 0)
		return rc;
	rc = dvs_netns_enter(&visit, port->netns, err);
	if (rc < 0)
		return rc;
	rc = open_here(tap, port, accept, err);
	if (rc == 0)
		rc = dvs_netns_identify("", &tap->netns);
	dvs_netns_leave(&visit);
	if (rc < 0)
		dvs_tap_interface_close(tap);
	return rc;
}

void dvs_tap_interface_close(struct dvs_tap_interface *tap)
{
	delete_interface(tap);
	for (unsigned int i = 0; i < tap->n_queues; i++)
		close(tap->queue_fd[i]);
	tap->n_queues = 0;
	if (tap->control_fd >= 0)
		close(tap->control_fd);
	tap->control_fd = -1;
}

bool dvs_tap_interface_is_in_netns(const struct dvs_tap_interface *tap, const char *netns)
{
	struct dvs_netns_id now;

	return dvs_netns_identify(netns, &now) == 0 && now.dev == tap->netns.dev &&
	       now.ino == tap->netns.ino;
}
