/**
 * Addresses of subnets, counted: how many there are, and how many are taken. Pure; exact beyond 2^53.
 * Source: Networking API v2.0, "Network IP availability".
 */
import { parseCidr, parseIp } from '#base/ip.ts'
import { exactInteger, type JsonObject } from '#base/json.ts'
import type { Subnet } from '#core/subnet/tables.ts'

export type Counted = Pick<Subnet, 'id' | 'name' | 'cidr' | 'ip_version' | 'allocation_pools'>

/** Addresses of one subnet, or of all of a network's. */
interface Sums {
  readonly total: bigint
  readonly used: number
  readonly details: {
    readonly total_ips_in_subnet: bigint
    readonly total_ips_in_allocation_pool: bigint
    readonly used_ips_in_subnet: number
    readonly used_ips_in_allocation_pool: number
  }
}

/** What is taken: all of it, and what lies in the pools. */
export interface Used {
  readonly all: number
  readonly inPools: number
}

/** What a network shows: its own sums and those of each subnet. Without details where nobody wants them. */
export function availabilityOf(
  subnets: readonly Counted[],
  used: ReadonlyMap<string, Used>,
  detailed: boolean,
): JsonObject {
  const each = subnets.map((subnet) => ({
    subnet,
    sums: sumsOf(subnet, used.get(subnet.id) ?? { all: 0, inPools: 0 }),
  }))
  const subnet_ip_availability = each.map(({ subnet, sums }) => ({
    subnet_id: subnet.id,
    ip_version: subnet.ip_version,
    cidr: subnet.cidr,
    subnet_name: subnet.name,
    ...shown(sums, detailed),
  }))
  return { ...shown(summed(each.map(({ sums }) => sums)), detailed), subnet_ip_availability }
}

function sumsOf({ cidr, ip_version, allocation_pools }: Counted, { all, inPools }: Used): Sums {
  const { first, last } = parseCidr(cidr)!
  const size = last - first + 1n
  // IPv4's network and broadcast addresses are nobody's, where a block is large enough to have both.
  const whole = ip_version === 4 ? (size > 2n ? size - 2n : 0n) : size
  let pooled = 0n
  for (const { start, end } of allocation_pools) pooled += parseIp(end)!.value - parseIp(start)!.value + 1n
  return {
    total: allocation_pools.length === 0 ? size : pooled,
    used: all,
    details: {
      total_ips_in_subnet: whole,
      total_ips_in_allocation_pool: pooled,
      used_ips_in_subnet: all,
      used_ips_in_allocation_pool: inPools,
    },
  }
}

function summed(all: readonly Sums[]): Sums {
  const sum = (of: (sums: Sums) => bigint) => all.reduce((total, sums) => total + of(sums), 0n)
  const count = (of: (sums: Sums) => number) => all.reduce((total, sums) => total + of(sums), 0)
  return {
    total: sum(({ total }) => total),
    used: count(({ used }) => used),
    details: {
      total_ips_in_subnet: sum(({ details }) => details.total_ips_in_subnet),
      total_ips_in_allocation_pool: sum(({ details }) => details.total_ips_in_allocation_pool),
      used_ips_in_subnet: count(({ details }) => details.used_ips_in_subnet),
      used_ips_in_allocation_pool: count(({ details }) => details.used_ips_in_allocation_pool),
    },
  }
}

function shown({ total, used, details }: Sums, detailed: boolean): JsonObject {
  const ip_availability_details = {
    ...details,
    total_ips_in_subnet: exactInteger(details.total_ips_in_subnet),
    total_ips_in_allocation_pool: exactInteger(details.total_ips_in_allocation_pool),
  }
  return { used_ips: used, total_ips: exactInteger(total), ...(detailed && { ip_availability_details }) }
}
