/** ML2 and its type drivers. Source: plugins/ml2/ml2_conf.ini. A range that is none stops the start. */
import type { IpRange } from '#base/ip.ts'
import { boolean, defineOptions, dict, integer, list, string } from '#config/options.ts'
import { merged } from './ranges.ts'

export const NETWORK_TYPES = ['local', 'flat', 'vlan', 'gre', 'vxlan', 'geneve'] as const

const VLAN_MAX = 4094
const VNI_MAX = 2 ** 24 - 1
const GRE_MAX = 2 ** 32 - 1

const knownTypes = (types: readonly string[]) => {
  const unknown = types.find((type) => !(NETWORK_TYPES as readonly string[]).includes(type))
  return unknown === undefined ? null : `there is no type driver ${unknown}`
}

export const ml2Options = defineOptions('ml2', {
  type_drivers: list({ default: NETWORK_TYPES, check: knownTypes, help: 'Network types that networks may be of.' }),
  project_network_types: list({
    default: ['local'],
    check: knownTypes,
    deprecated: [{ name: 'tenant_network_types' }],
    help: 'Types tried, in order, for a network nobody gave a type.',
  }),
  mechanism_drivers: list({
    default: [],
    check: (names) => {
      const unknown = names.find((name) => name !== 'openvswitch')
      return unknown === undefined ? null : `there is no mechanism driver ${unknown}`
    },
    help: 'Drivers asked, in order, to bind a port.',
  }),
  path_mtu: integer({ default: 0, min: 0, help: 'Largest packet the underlay carries between hosts; 0: as physical.' }),
  physical_network_mtus: dict({
    default: {},
    check: (mtus) => {
      const bad = Object.entries(mtus).find(([, mtu]) => !/^\d+$/.test(mtu))
      return bad ? `the MTU of ${bad[0]} is not a number` : null
    },
    help: 'MTUs of physical networks that differ from global_physnet_mtu, as physnet:mtu.',
  }),
  external_network_type: string({
    check: (type) => (type ? knownTypes([type]) : null),
    help: 'Type of external networks nobody gave a type; by default as for project networks.',
  }),
  overlay_ip_version: integer({
    default: 4,
    check: (version) => (version === 4 || version === 6 ? null : 'it is neither 4 nor 6'),
    help: 'IP version of tunnel endpoints: 4 or 6.',
  }),
})

export const flatOptions = defineOptions('ml2_type_flat', {
  flat_networks: list({
    default: ['*'],
    help: 'Physical networks that may carry a flat network; * is any, empty none.',
  }),
})
export const vlanOptions = defineOptions('ml2_type_vlan', {
  network_vlan_ranges: list({
    default: [],
    check: (entries) => firstRefusal(entries, readVlanRange),
    help: 'physnet:min:max, VLAN ids given to networks; physnet alone: only ids that an administrator names.',
  }),
})
export const vxlanOptions = defineOptions('ml2_type_vxlan', {
  vni_ranges: list({
    default: [],
    check: (entries) => firstRefusal(entries, (entry) => readTunnelRange(entry, VNI_MAX)),
    help: 'min:max, VXLAN ids given to networks.',
  }),
})
export const greOptions = defineOptions('ml2_type_gre', {
  tunnel_id_ranges: list({
    default: [],
    check: (entries) => firstRefusal(entries, (entry) => readTunnelRange(entry, GRE_MAX)),
    help: 'min:max, GRE keys given to networks.',
  }),
})
export const geneveOptions = defineOptions('ml2_type_geneve', {
  vni_ranges: list({
    default: [],
    check: (entries) => firstRefusal(entries, (entry) => readTunnelRange(entry, VNI_MAX)),
    help: 'min:max, Geneve ids given to networks.',
  }),
  max_header_size: integer({ default: 30, min: 0, help: "Bytes of Geneve's header, counted against the MTU." }),
})
export const ovsDriverOptions = defineOptions('ovs_driver', {
  vnic_type_prohibit_list: list({
    default: [],
    deprecated: [{ name: 'vnic_type_blacklist' }],
    help: 'VNIC types that the driver openvswitch does not bind.',
  }),
  ovs_create_tap: boolean({ default: true, help: 'Ask whoever plugs the port to make the tap device itself.' }),
})

/** The ranges of a tunnel type. Call with what its option has checked. */
export function tunnelRanges(entries: readonly string[]): IpRange[] {
  return merged(entries.map((entry) => readTunnelRange(entry, GRE_MAX)).filter((range) => typeof range !== 'string'))
}

/** VLAN ranges by physical network; one without ranges has an empty list. */
export function vlanRanges(entries: readonly string[]): Map<string, IpRange[]> {
  const all = new Map<string, IpRange[]>()
  for (const entry of entries) {
    const read = readVlanRange(entry)
    if (typeof read === 'string') continue
    all.set(read.physnet, merged([...(all.get(read.physnet) ?? []), ...(read.range ? [read.range] : [])]))
  }
  return all
}

function firstRefusal(entries: readonly string[], read: (entry: string) => object | string): string | null {
  for (const entry of entries) {
    const answer = read(entry)
    if (typeof answer === 'string') return answer
  }
  return null
}

/** Why it is none, as a text. */
function readTunnelRange(entry: string, max: number): IpRange | string {
  const [, first, last] = /^\s*(\d{1,10})\s*:\s*(\d{1,10})\s*$/.exec(entry) ?? []
  if (first === undefined || last === undefined) return `Invalid network tunnel range: '${entry}' - it is not min:max.`
  if (Number(first) < 1 || Number(last) > max) {
    return `Invalid network tunnel range: '${entry}' - ids are from 1 to ${max}.`
  }
  if (Number(last) < Number(first))
    return `Invalid network tunnel range: '${entry}' - end of tunnel range is less than start.`
  return { first: BigInt(first), last: BigInt(last) }
}

function readVlanRange(entry: string): { physnet: string; range: IpRange | null } | string {
  const parts = entry.split(':').map((part) => part.trim())
  const physnet = parts[0]!
  if (physnet === '') return 'Empty physical network name.'
  if (parts.length === 1) return { physnet, range: null }
  const refuse = (why: string) => `Invalid network VLAN range: '${entry}' - '${why}'.`
  const [first, last] = [Number(parts[1]), Number(parts[2])]
  if (parts.length !== 3 || !/^\d+$/.test(parts[1]!) || !/^\d+$/.test(parts[2]!))
    return refuse('Need exactly two values')
  const outside = [first, last].find((id) => id < 1 || id > VLAN_MAX)
  if (outside !== undefined) return refuse(`${outside} is not a valid VLAN tag`)
  if (last < first) return refuse('End of VLAN range is less than start of VLAN range')
  return { physnet, range: { first: BigInt(first), last: BigInt(last) } }
}
