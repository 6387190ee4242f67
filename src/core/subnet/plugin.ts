/**
 * Subnets: their CIDR among the network's others, gateway, pools, and the addresses that come and go with them. The
 * network's row is written first, so two subnets of one network are made one after the other.
 * Source: Networking API v2.0, "Subnets"; an overlap within a network replies 400 `InvalidInput`.
 */
import { cidrsOverlap, parseCidr } from '#base/ip.ts'
import { and, isIn, not } from '#base/predicate.ts'
import { NetworkNotFound } from '#core/network/errors.ts'
import { networks } from '#core/network/tables.ts'
import { addAutoAddresses, dropSubnetAddresses } from '#core/port/addresses.ts'
import { AUTO_DELETE_OWNERS, ROUTER_OWNERS } from '#core/port/plan.ts'
import { ipAllocations, ports } from '#core/port/tables.ts'
import { choosePools, lockPools, type Neighbour } from '#core/subnetpool/allocate.ts'
import {
  type Created,
  type Creating,
  type Deleting,
  type Draft,
  definePlugin,
  type Operation,
  type PluginHost,
  type Updating,
} from '#plugin/plugin.ts'
import { InvalidInput } from '#resource/errors.ts'
import { checkGatewayOutside, checkPools, defaultGateway, defaultPools, isAutoAddress } from './addressing.ts'
import api from './definition.ts'
import { GatewayIpInUse, SubnetInUse } from './errors.ts'
import { subnetOptions } from './options.ts'
import { type Subnet, subnets } from './tables.ts'
import { checkSubnet, type Limits } from './validate.ts'

const IN_USE = 'One or more ports have an IP allocation from this subnet'

export default definePlugin({
  api,
  start(host: PluginHost) {
    const limits = host.config.of(subnetOptions)
    host.serve('subnet', subnets, {
      beforeCreate: (creating) => prepare(host, creating, limits),
      afterCreate: (created) => addressPorts(host, created),
      beforeUpdate: (updating) => prepareUpdate(updating, limits),
      async afterUpdate({ tx, context, before, after }) {
        if (before.revision_number === after.revision_number) return
        await host.resources.touch({ tx, context }, 'network', [after.network_id])
      },
      beforeDelete: (deleting) => freeAddresses(host, deleting),
      afterDelete: ({ tx, context, before }) => host.resources.touch({ tx, context }, 'network', [before.network_id]),
    })
  },
})

async function prepare({ resources }: PluginHost, creating: Creating<Subnet>, limits: Limits): Promise<void> {
  const { tx, context, rows } = creating
  await choosePools({ tx, context }, rows)
  for (const row of rows) if (row.cidr) checkSubnet(row as Subnet, null, limits)
  const networkIds = [...new Set(rows.map(({ network_id }) => network_id!))].sort()
  const parents = new Map((await tx.list(networks, { id: networkIds })).map((network) => [network.id, network]))
  const missing = networkIds.find((id) => !parents.has(id))
  if (missing !== undefined) throw NetworkNotFound({ net_id: missing })
  await resources.touch({ tx, context }, 'network', networkIds)

  const known = await tx.list(subnets, { network_id: networkIds })
  const others: Neighbour[] = [...known]
  const taken = known.map(({ network_id, cidr }) => ({ network_id, cidr: parseCidr(cidr)! }))
  const pools = await lockPools({ tx, context }, rows, others)
  for (const row of rows) {
    const chosen = Boolean(row.cidr)
    pools.allocate(row)
    if (!chosen) checkSubnet(row as Subnet, null, limits)
    const cidr = parseCidr(row.cidr!)!
    if (cidr.length === 0) throw InvalidInput({ error_message: '0 is not allowed as CIDR prefix length' })
    if (taken.some((other) => other.network_id === row.network_id && cidrsOverlap(other.cidr, cidr))) {
      const which = `Requested subnet with cidr: ${row.cidr} for network: ${row.network_id}`
      throw InvalidInput({ error_message: `${which} overlaps with another subnet` })
    }
    pools.checkAffinity(row, others)
    complete(row)
    taken.push({ network_id: row.network_id!, cidr })
    others.push(row as Subnet)
  }
}

/** What was not sent. */
function complete(row: Draft<Subnet>): void {
  const cidr = parseCidr(row.cidr!)!
  if (row.gateway_ip === undefined) row.gateway_ip = defaultGateway(cidr)
  if (row.allocation_pools?.length) {
    checkPools(row.allocation_pools, row.cidr!)
    if (row.gateway_ip) checkGatewayOutside(row.gateway_ip, row.allocation_pools)
  } else {
    row.allocation_pools = defaultPools(cidr, row.gateway_ip)
  }
  row.dns_nameservers ??= []
  row.host_routes ??= []
  row.ipv6_ra_mode ??= null
  row.ipv6_address_mode ??= null
  row.subnetpool_id ??= null
  delete row.prefixlen
}

/** Ports that are there already get their address of a new subnet for automatic addresses. */
async function addressPorts({ resources }: PluginHost, { tx, context, rows }: Created<Subnet>): Promise<void> {
  const automatic = rows.filter((row) => row.ip_version === 6 && isAutoAddress(row))
  if (automatic.length > 0) await addAutoAddresses({ tx, context }, resources, automatic)
}

async function prepareUpdate({ tx, before, after, values }: Updating<Subnet>, limits: Limits): Promise<void> {
  checkSubnet(
    { ...(values as Partial<Subnet>), id: before.id, ip_version: before.ip_version, cidr: before.cidr },
    before,
    limits,
  )
  if (values.allocation_pools) checkPools(after.allocation_pools, before.cidr)
  const gatewayChanges = after.gateway_ip !== before.gateway_ip
  if (gatewayChanges && before.gateway_ip) await keepUsedGateway(tx, before, before.gateway_ip)
  if (after.gateway_ip && (gatewayChanges || values.allocation_pools)) {
    checkGatewayOutside(after.gateway_ip, after.allocation_pools)
  }
}

/** @throws GatewayIpInUse when a router has the gateway's address. */
async function keepUsedGateway(tx: Operation['tx'], { id }: Subnet, gateway: string): Promise<void> {
  const holder = await tx.find(ipAllocations, { subnet_id: id, ip_address: gateway })
  if (!holder) return
  if (await tx.exists(ports, { id: holder.port_id, device_owner: ROUTER_OWNERS })) {
    throw GatewayIpInUse({ ip_address: gateway, port_id: holder.port_id })
  }
}

/** @throws SubnetInUse when a router or anybody else's port has an address of the subnet. */
async function freeAddresses({ resources }: PluginHost, { tx, context, before }: Deleting<Subnet>): Promise<void> {
  const here = {
    op: 'exists',
    table: ipAllocations.name,
    column: 'port_id',
    equals: 'id',
    where: isIn('subnet_id', [before.id]),
  } as const
  const keeps = isAutoAddress(before)
    ? isIn('device_owner', ROUTER_OWNERS)
    : not(isIn('device_owner', AUTO_DELETE_OWNERS))
  const holders = await tx.select(ports, { where: and(here, keeps), columns: ['id'], limit: 1 })
  if (holders.length > 0) throw SubnetInUse({ subnet_id: before.id, reason: IN_USE })
  await dropSubnetAddresses({ tx, context }, resources, before)
}
