/**
 * What an L2 agent's firewall needs for a page of devices, in five statements: the ports, their groups and rules, and the
 * members of the groups and address groups those rules refer to.
 * Source: reference of agents and RPC, §4, `security_group_info_for_devices` 1.3.
 */
import { parseIp } from '#base/ip.ts'
import type { JsonObject } from '#base/json.ts'
import { isIn } from '#base/predicate.ts'
import { type Port, ports } from '#core/port/tables.ts'
import { addressGroups } from '#extensions/address-group/tables.ts'
import '#extensions/stateful-security-group/tables.ts'
import { portsOfDevices } from '#ml2/devices.ts'
import type { SecurityDevice, SecurityGroupInfo, SecurityRule } from '#rpc/contract/l2.ts'
import type { Tx } from '#store/store.ts'
import { isTrusted } from './ports.ts'
import { portSecurityGroups, type SecurityGroupRule, securityGroupRules, securityGroups } from './tables.ts'

const IDS_MAX = 500
const DHCP = {
  4: { ethertype: 'IPv4', client: 68, server: 67, everyone: '255.255.255.255/32' },
  6: { ethertype: 'IPv6', client: 546, server: 547, everyone: 'fe80::/64' },
} as const
const ROUTER_ADVERTISEMENT = 134

type Members = SecurityGroupInfo['sg_member_ips'][string]

export async function infoForDevices(tx: Tx, devices: readonly string[]): Promise<SecurityGroupInfo> {
  const known = [...(await portsOfDevices(tx, devices))].filter(([, port]) => !isTrusted(port))
  const groupIds = [...new Set(known.flatMap(([, { security_groups }]) => security_groups ?? []))]
  const rules = await rulesOf(tx, groupIds)
  const remote = (ids: readonly string[], by: 'remote_group_id' | 'remote_address_group_id') => [
    ...new Set(ids.flatMap((id) => (rules.get(id) ?? []).flatMap((rule) => rule[by] ?? []))),
  ]
  return {
    devices: Object.fromEntries(
      known.map(([device, port]) => {
        const own = port.security_groups ?? []
        const addressGroups = remote(own, 'remote_address_group_id')
        return [device, deviceInfo(device, port, remote(own, 'remote_group_id'), addressGroups)]
      }),
    ),
    security_groups: Object.fromEntries(rules),
    // Upstream's agents look for both kinds in one place; ids are never the same.
    sg_member_ips: {
      ...(await membersOf(tx, remote(groupIds, 'remote_group_id'))),
      ...(await addressesOfGroups(tx, remote(groupIds, 'remote_address_group_id'))),
    },
  }
}

function deviceInfo(
  device: string,
  port: Port,
  sources: readonly string[],
  addressGroups: readonly string[],
): SecurityDevice {
  const ips = port.fixed_ips.map(({ ip_address }) => ip_address)
  const dict = { ...port, tenant_id: port.project_id } as unknown as JsonObject & SecurityDevice
  return {
    ...dict,
    device,
    security_groups: port.security_groups ?? [],
    security_group_rules: providerRules(ips),
    security_group_source_groups: sources,
    security_group_remote_address_groups: addressGroups,
    fixed_ips: ips,
  }
}

/** What the network itself may send to a port with those addresses: DHCP answers and router advertisements. Pure. */
export function providerRules(ips: readonly string[]): SecurityRule[] {
  const rules = ips.flatMap((ip) => {
    const version = parseIp(ip)?.version ?? 4
    const { ethertype, client, server, everyone } = DHCP[version]
    return [`${ip}/${version === 4 ? 32 : 128}`, everyone].map(
      (dest_ip_prefix): SecurityRule => ({
        direction: 'ingress',
        ethertype,
        protocol: 'udp',
        port_range_min: client,
        port_range_max: client,
        source_port_range_min: server,
        source_port_range_max: server,
        dest_ip_prefix,
      }),
    )
  })
  const distinct = [...new Map(rules.map((rule) => [`${rule.ethertype} ${rule.dest_ip_prefix}`, rule])).values()]
  if (!ips.some((ip) => parseIp(ip)?.version === 6)) return distinct
  const advertisement = { direction: 'ingress', ethertype: 'IPv6', protocol: 'ipv6-icmp' } as const
  return [...distinct, { ...advertisement, source_port_range_min: ROUTER_ADVERTISEMENT }]
}

async function rulesOf(tx: Tx, groupIds: readonly string[]): Promise<Map<string, SecurityRule[]>> {
  const rules = new Map<string, SecurityRule[]>()
  for (const slice of slices(groupIds)) {
    for (const id of slice) rules.set(id, [])
    const groups = await tx.select(securityGroups, { where: isIn('id', slice), columns: ['id', 'stateful'] })
    const stateful = new Map(groups.map((group) => [group.id, group.stateful]))
    const rows = await tx.select(securityGroupRules, { where: isIn('security_group_id', slice) })
    for (const row of rows) {
      rules.get(row.security_group_id)!.push(ruleInfo(row, stateful.get(row.security_group_id) !== false))
    }
  }
  return rules
}

/** Keys without a value are left out. */
function ruleInfo(row: SecurityGroupRule, stateful: boolean): SecurityRule {
  const { direction, ethertype, protocol, port_range_min, port_range_max, remote_ip_prefix } = row
  const { remote_group_id, remote_address_group_id } = row
  return {
    direction,
    ethertype,
    ...(protocol === null ? {} : { protocol }),
    ...(port_range_min === null ? {} : { port_range_min }),
    ...(port_range_max === null ? {} : { port_range_max }),
    ...(remote_ip_prefix === null
      ? {}
      : { [direction === 'ingress' ? 'source_ip_prefix' : 'dest_ip_prefix']: remote_ip_prefix }),
    ...(remote_group_id === null ? {} : { remote_group_id }),
    ...(remote_address_group_id === null ? {} : { remote_address_group_id }),
    stateful,
  }
}

async function membersOf(tx: Tx, groupIds: readonly string[]): Promise<SecurityGroupInfo['sg_member_ips']> {
  const members = new Map<string, { IPv4: Members['IPv4'][number][]; IPv6: Members['IPv6'][number][] }>()
  for (const id of groupIds) members.set(id, { IPv4: [], IPv6: [] })
  for (const slice of slices(groupIds)) {
    const rows = await tx.sql
      .selectFrom(portSecurityGroups.name)
      .innerJoin(ports.name, 'ports.id', 'port_security_groups.port_id')
      .select([
        'port_security_groups.security_group_id as group_id',
        'ports.mac_address',
        'ports.fixed_ips',
        'ports.allowed_address_pairs',
      ])
      .where('port_security_groups.security_group_id', 'in', slice)
      .execute()
    for (const { group_id, ...raw } of rows) {
      for (const [address, mac] of addressesOf(tx.decode(ports, raw))) {
        const family = address.includes(':') ? 'IPv6' : 'IPv4'
        members.get(String(group_id))![family].push([address, mac])
      }
    }
  }
  return Object.fromEntries(members)
}

/** As members without a MAC. */
async function addressesOfGroups(tx: Tx, ids: readonly string[]): Promise<SecurityGroupInfo['sg_member_ips']> {
  const members: [string, Members][] = []
  for (const slice of slices(ids)) {
    for (const { id, addresses } of await tx.list(addressGroups, { id: slice })) {
      const of = (isSix: boolean) =>
        addresses.filter((address) => address.includes(':') === isSix).map((address) => [address, null] as const)
      members.push([id, { IPv4: of(false), IPv6: of(true) }])
    }
  }
  return Object.fromEntries(members)
}

/** Each with its MAC: the port's own, and what it may use besides. */
function addressesOf({ mac_address, fixed_ips, allowed_address_pairs }: Port): [address: string, mac: string][] {
  return [
    ...fixed_ips.map(({ ip_address }): [string, string] => [ip_address, mac_address]),
    ...allowed_address_pairs.map((pair): [string, string] => [pair.ip_address, pair.mac_address]),
  ]
}

function slices(ids: readonly string[]): string[][] {
  const all: string[][] = []
  for (let index = 0; index < ids.length; index += IDS_MAX) all.push(ids.slice(index, index + IDS_MAX))
  return all
}
