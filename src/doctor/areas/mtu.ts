/**
 * The chain of MTUs: what the configuration promises, what the interfaces below carry, what networks were told, and
 * what the devices of this host have. A packet that fits nowhere in between disappears without a word.
 * Source: RFC 7348 (VXLAN), RFC 2890 (GRE), RFC 8926 (Geneve): bytes of header before the inner frame's payload.
 */
import { ovs } from '#agents/l2/options.ts'
import type { Check, Verdict } from '#doctor/finding.ts'
import { good, lacking } from '#doctor/finding.ts'
import { listByIds, networks as networkTable, ports as portTable, segments } from '#doctor/rows.ts'
import { hasRole, type Site } from '#doctor/site.ts'
import { mtuOptions } from '#extensions/net-mtu/options.ts'
import { type NetnsDevice, readLinks } from '#linux/netlink.ts'
import { listNetns, netns, netnsExists, rootNetns } from '#linux/netns.ts'
import { geneveOptions, ml2Options } from '#ml2/options.ts'
import { placeOfAddress } from './addresses.ts'
import { listed } from './configuration.ts'
import { interfacesOf } from './switch.ts'

const PATCH_TYPES: readonly string[] = ['patch', 'internal', 'vxlan', 'gre', 'geneve', 'ip6gre']
const AGENT_NAMESPACE = /^(?:qdhcp|qrouter)-/
const l2 = (site: Site) => hasRole(site, 'openvswitch')

export const mtu: readonly Check[] = [
  {
    area: 'mtu',
    subject: 'tunnels',
    why: 'Packets of instances that, with the headers of the tunnel, do not fit the interface below are lost.',
    applies: (site) => l2(site) ?? (site.config.of(ovs).local_ip === null ? 'local_ip is not set' : null),
    check: async (site) => tunnels(site),
  },
  {
    area: 'mtu',
    subject: 'physical networks',
    why: 'Packets as long as the network promises, and longer than its interface carries, are lost.',
    applies: (site) =>
      l2(site) ?? (Object.keys(site.config.of(ovs).bridge_mappings).length > 0 ? null : 'bridge_mappings is empty'),
    check: physical,
  },
  {
    area: 'mtu',
    subject: 'devices',
    moving: true,
    why: 'A router or DHCP device with another MTU than its network drops what is longer, or sends what others drop.',
    applies: (site) => hasRole(site, 'server') ?? hasRole(site, 'dhcp', 'l3', 'openvswitch'),
    check: devices,
  },
  {
    area: 'mtu',
    subject: 'networks',
    why: 'Networks made before the MTU of the underlay was lowered still promise the old one.',
    applies: (site) => hasRole(site, 'server'),
    check: promised,
  },
]

/** Bytes between the underlay's IP header and the inner packet; undefined: the type has no tunnels. */
function headerOf(type: string, { config }: Site): number | undefined {
  if (type === 'geneve') return config.of(geneveOptions).max_header_size
  return { vxlan: 30, gre: 22 }[type]
}

/** The MTU that the configuration assumes below tunnels, and below a physical network. */
function assumed({ config }: Site): { readonly underlay: number; readonly of: (physnet: string) => number } {
  const { global_physnet_mtu } = config.of(mtuOptions)
  const { path_mtu, physical_network_mtus } = config.of(ml2Options)
  return {
    underlay: path_mtu > 0 ? Math.min(path_mtu, global_physnet_mtu) : global_physnet_mtu,
    of: (physnet) => Math.min(global_physnet_mtu, Number(physical_network_mtus[physnet] ?? global_physnet_mtu)),
  }
}

function tunnels(site: Site): Verdict {
  const { local_ip } = site.config.of(ovs)
  const device = placeOfAddress(local_ip ?? '')?.device
  if (!device) return lacking(`local_ip ${local_ip} is on no interface`)
  const { underlay } = assumed(site)
  const { overlay_ip_version } = site.config.of(ml2Options)
  const version = local_ip!.includes(':') ? 6 : 4
  if (version !== overlay_ip_version) {
    const evidence = `local_ip is of IPv${version}, overlay_ip_version says ${overlay_ip_version}: headers are counted wrongly`
    return lacking(evidence, `[ml2] overlay_ip_version = ${version}   (ml2_conf.ini; then restart the server)`)
  }
  const evidence = `${device.name} of local_ip carries ${device.mtu}, path_mtu or global_physnet_mtu assume ${underlay}`
  if (device.mtu >= underlay) return good(evidence)
  return lacking(
    evidence,
    `ip link set ${device.name} mtu ${underlay}   (and every switch on the way), or [ml2] path_mtu = ${device.mtu}`,
    `whoever runs the network below ${site.host}`,
  )
}

async function physical(site: Site): Promise<readonly Verdict[]> {
  const ovsdb = await site.ovsdb()
  const links = new Map(readLinks(rootNetns).map((link) => [link.name, link]))
  const { of } = assumed(site)
  return Object.entries(site.config.of(ovs).bridge_mappings).flatMap(([physnet, name]): Verdict[] => {
    const bridge = ovsdb.byName('Bridge', name)
    if (!bridge) return [] // said by the bridges
    const below = interfacesOf(ovsdb, bridge)
      .filter(({ type }) => !PATCH_TYPES.includes(type))
      .flatMap((nic) => links.get(nic.name) ?? [])
    const narrow = below.filter((link) => link.mtu < of(physnet))
    const seen = below.length > 0 ? below.map((link) => `${link.name} ${link.mtu}`).join(', ') : 'no interface on it'
    if (narrow.length === 0) return [{ ...good(`${physnet} promises ${of(physnet)}; ${seen}`), subject: name }]
    const mend = `ip link set ${narrow[0]!.name} mtu ${of(physnet)}, or [ml2] physical_network_mtus = ${physnet}:${narrow[0]!.mtu}`
    return [
      {
        ...lacking(`${physnet} promises ${of(physnet)}, and ${seen}`, mend, `whoever runs ${site.host}`),
        subject: name,
      },
    ]
  })
}

interface Plugged {
  readonly port: string
  readonly device: NetnsDevice
  readonly where: string
}

/** Devices of agents on this host, in whatever namespace they are, by the port they are. */
async function pluggedHere(site: Site): Promise<Plugged[]> {
  const ovsdb = await site.ovsdb()
  const ids = new Map(
    ovsdb.rows('Interface').flatMap(({ name, external_ids }) => {
      const id = external_ids['iface-id']
      return id === undefined ? [] : [[name, id] as const]
    }),
  )
  const spaces = listNetns().filter((name) => AGENT_NAMESPACE.test(name) && netnsExists(name))
  return spaces.flatMap((where) =>
    readLinks(netns(where)).flatMap((device) => {
      const port = ids.get(device.name)
      return port === undefined || !device.up ? [] : [{ port, device, where }]
    }),
  )
}

async function devices(site: Site, signal: AbortSignal): Promise<readonly Verdict[]> {
  const plugged = await pluggedHere(site)
  const store = await site.store()
  const mtus = await store.read(async (tx) => {
    const ports = await listByIds(
      tx,
      portTable,
      'id',
      plugged.map(({ port }) => port),
    )
    const rows = await listByIds(tx, networkTable, 'id', [...new Set(ports.map(({ network_id }) => network_id))])
    const byNetwork = new Map(rows.map((row) => [row.id, row.mtu]))
    return new Map(ports.map((port) => [port.id, { network: port.network_id, mtu: byNetwork.get(port.network_id) }]))
  }, signal)
  const wrong = plugged.flatMap(({ port, device, where }): Verdict[] => {
    const told = mtus.get(port)
    if (told?.mtu === undefined || told.mtu === device.mtu) return []
    const evidence = `in ${where} it has ${device.mtu}; network ${told.network} has ${told.mtu}`
    const role = where.startsWith('qdhcp-') ? 'dhcp' : 'l3'
    return [{ ...lacking(evidence, site.restart(role), `neutron-${role}-agent on ${site.host}`), subject: device.name }]
  })
  return wrong.length > 0 ? wrong : [good(`${plugged.length} devices of agents have the MTU of their network`)]
}

async function promised(site: Site, signal: AbortSignal): Promise<readonly Verdict[]> {
  const store = await site.store()
  const { rows, ways } = await store.read(
    async (tx) => ({ rows: await tx.list(networkTable), ways: await tx.list(segments) }),
    signal,
  )
  const { underlay, of } = assumed(site)
  const outer = site.config.of(ml2Options).overlay_ip_version === 6 ? 40 : 20
  const room = (type: string, physnet: string | null): number => {
    if (type === 'flat' || type === 'vlan') return of(physnet ?? '')
    const header = headerOf(type, site)
    return header === undefined ? Number.POSITIVE_INFINITY : underlay - outer - header
  }
  const limits = new Map<string, number>()
  for (const { network_id, network_type, physical_network } of ways) {
    limits.set(
      network_id,
      Math.min(limits.get(network_id) ?? Number.POSITIVE_INFINITY, room(network_type, physical_network)),
    )
  }
  const wide = rows.filter((row) => row.mtu > (limits.get(row.id) ?? Number.POSITIVE_INFINITY))
  if (wide.length === 0) return [good(`${rows.length} promise no more than is carried below them`)]
  const limit = limits.get(wide[0]!.id)!
  return [
    lacking(
      `${wide.length} of ${rows.length} promise more than is carried below them: ${listed(wide.map((row) => `${row.id} ${row.mtu}`))}; at most ${limit}`,
      `openstack network set --mtu ${limit} ${wide[0]!.id}`,
      'an administrator',
    ),
  ]
}
