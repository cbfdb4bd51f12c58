/* DPDK's rte_fib and rte_fib6 behind three functions, for `benches/lpm`: entries of two octets for IPv4 and of four for
 * IPv6, bulk look-ups with AVX-512 where the processor has it. */
#include <stdint.h>
#include <string.h>

#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_fib.h>
#include <rte_fib6.h>
#include <rte_log.h>

static int started(void)
{
	static int state;
	char *arguments[] = { "lpm", "--no-huge", "--no-pci", "--no-telemetry", "--no-shconf", "-m", "4096",
			      "-l", "0", "--log-level=1", NULL };

	if (state == 0)
		state = rte_eal_init(10, arguments) < 0 ? -1 : 1;
	return state > 0;
}

/* An empty table, or NULL. `family` is 4 or 6. */
void *lpm_new(int family, uint32_t prefixes)
{
	if (!started())
		return NULL;
	if (family == 4) {
		struct rte_fib_conf conf = { 0 };
		struct rte_fib *fib;

		conf.type = RTE_FIB_DIR24_8;
		conf.max_routes = (int)(prefixes * 2);
		conf.dir24_8.nh_sz = RTE_FIB_DIR24_8_2B;
		conf.dir24_8.num_tbl8 = 1 << 14;
		fib = rte_fib_create("lpm4", -1, &conf);
		if (fib != NULL)
			rte_fib_select_lookup(fib, RTE_FIB_LOOKUP_DEFAULT);
		return fib;
	} else {
		struct rte_fib6_conf conf = { 0 };
		struct rte_fib6 *fib;

		conf.type = RTE_FIB6_TRIE;
		conf.max_routes = (int)(prefixes * 2);
		conf.trie.nh_sz = RTE_FIB6_TRIE_4B;
		conf.trie.num_tbl8 = 1 << 19;
		fib = rte_fib6_create("lpm6", -1, &conf);
		if (fib != NULL)
			rte_fib6_select_lookup(fib, RTE_FIB6_LOOKUP_DEFAULT);
		return fib;
	}
}

/* Adds a prefix, or takes it out if `next_hop` is 0. `address` is in network order. */
int lpm_set(int family, void *fib, const uint8_t *address, uint8_t length, uint32_t next_hop)
{
	if (family == 4) {
		uint32_t host = (uint32_t)address[0] << 24 | (uint32_t)address[1] << 16 | (uint32_t)address[2] << 8 | address[3];

		return next_hop ? rte_fib_add(fib, host, length, next_hop) : rte_fib_delete(fib, host, length);
	}
	return next_hop ? rte_fib6_add(fib, address, length, next_hop) : rte_fib6_delete(fib, address, length);
}

/* Looks `count` addresses up: IPv4 as numbers, IPv6 in network order. */
void lpm_lookup(int family, void *fib, const void *addresses, uint64_t *next_hops, uint32_t count)
{
	uint32_t at;

	for (at = 0; at < count; at += 64) {
		unsigned int burst = count - at < 64 ? count - at : 64;

		if (family == 4)
			rte_fib_lookup_bulk(fib, (uint32_t *)addresses + at, next_hops + at, burst);
		else
			rte_fib6_lookup_bulk(fib, (uint8_t(*)[16])addresses + at, next_hops + at, burst);
	}
}
