/* SPDX-License-Identifier: BSD-3-Clause */
/* What is offered to a frontend, and what an accepted feature means to the switch. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <linux/virtio_config.h>
#include <linux/virtio_net.h>

#include "objects.h"
#include "port.h"
#include "virtio_features.h"

#define BIT(n) (1ull << (n))
#define OFF(n) (1u << DVS_FEATURE_##n)

static const uint64_t ufo = BIT(VIRTIO_NET_F_HOST_UFO) | BIT(VIRTIO_NET_F_GUEST_UFO);
static const uint64_t ecn = BIT(VIRTIO_NET_F_HOST_ECN) | BIT(VIRTIO_NET_F_GUEST_ECN);
static const uint64_t tso4 = BIT(VIRTIO_NET_F_HOST_TSO4) | BIT(VIRTIO_NET_F_GUEST_TSO4);
static const uint64_t tso6 = BIT(VIRTIO_NET_F_HOST_TSO6) | BIT(VIRTIO_NET_F_GUEST_TSO6);
static const uint64_t csum = BIT(VIRTIO_NET_F_CSUM) | BIT(VIRTIO_NET_F_GUEST_CSUM);

static void test_hidden(void **state)
{
	(void)state;
	assert_int_equal(dvs_vhost_features_hidden(0, 2), ufo);
	assert_int_equal(dvs_vhost_features_hidden(0, 1), ufo | BIT(VIRTIO_NET_F_MQ));
	assert_int_equal(dvs_vhost_features_hidden(OFF(PACKED), 2),
			 ufo | BIT(VIRTIO_F_RING_PACKED));
	assert_int_equal(dvs_vhost_features_hidden(OFF(TSO4), 2),
			 ufo | tso4 | BIT(VIRTIO_NET_F_GSO));
}

/* VIRTIO 1.2 section 5.1.3.1: a feature is not offered without those that it requires. */
static void test_dependent(void **state)
{
	(void)state;
	assert_int_equal(dvs_vhost_features_hidden(OFF(TSO4) | OFF(TSO6), 2),
			 ufo | tso4 | tso6 | ecn | BIT(VIRTIO_NET_F_GSO));
	assert_int_equal(dvs_vhost_features_hidden(OFF(CSUM), 2),
			 ufo | csum | tso4 | tso6 | ecn | BIT(VIRTIO_NET_F_GSO));
	assert_int_equal(dvs_vhost_features_hidden(OFF(CTRL_VQ), 2),
			 ufo | BIT(VIRTIO_NET_F_CTRL_VQ) | BIT(VIRTIO_NET_F_CTRL_RX) |
				 BIT(VIRTIO_NET_F_GUEST_ANNOUNCE) | BIT(VIRTIO_NET_F_MQ));
}

static void test_known(void **state)
{
	(void)state;
	assert_int_equal(dvs_vhost_features_known(0), 0);
	assert_int_equal(dvs_vhost_features_known(BIT(VIRTIO_NET_F_GUEST_CSUM) |
						  BIT(VIRTIO_NET_F_MRG_RXBUF) |
						  BIT(VIRTIO_F_VERSION_1)),
			 OFF(CSUM) | OFF(MRG_RXBUF));
	assert_int_equal(dvs_vhost_features_known(~0ull), (1u << DVS_N_FEATURES) - 1);
}

/* What a guest may send says nothing about what it takes. */
static void test_accept(void **state)
{
	const uint64_t host = BIT(VIRTIO_NET_F_CSUM) | BIT(VIRTIO_NET_F_HOST_TSO4) |
			      BIT(VIRTIO_NET_F_HOST_TSO6) | BIT(VIRTIO_NET_F_HOST_ECN);

	(void)state;
	assert_int_equal(dvs_vhost_features_accept(host), 0);
	assert_int_equal(dvs_vhost_features_accept(BIT(VIRTIO_NET_F_GUEST_TSO4)), 0);
	assert_int_equal(dvs_vhost_features_accept(BIT(VIRTIO_NET_F_GUEST_CSUM)), DVS_ACCEPT_CSUM);
	assert_int_equal(dvs_vhost_features_accept(csum | tso4 | tso6 | ecn),
			 DVS_ACCEPT_CSUM | DVS_ACCEPT_TSO4 | DVS_ACCEPT_TSO6);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hidden),
		cmocka_unit_test(test_dependent),
		cmocka_unit_test(test_known),
		cmocka_unit_test(test_accept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
