/** The type drivers that `[ml2] type_drivers` names, set up from their options. */
import type { Config } from '#config/options.ts'
import { mtuOptions } from '#extensions/net-mtu/options.ts'
import type { TypeDriver } from '#ml2/driver.ts'
import {
  flatOptions,
  geneveOptions,
  greOptions,
  ml2Options,
  tunnelRanges,
  vlanOptions,
  vlanRanges,
  vxlanOptions,
} from '#ml2/options.ts'
import { flat } from './flat.ts'
import { geneve } from './geneve.ts'
import { gre } from './gre.ts'
import { local } from './local.ts'
import { vlan } from './vlan.ts'
import { vxlan } from './vxlan.ts'

const IP_HEADER_BYTES: { readonly [version: number]: number } = { 4: 20, 6: 40 }

/** By network type. */
export function loadTypes(config: Config): Map<string, TypeDriver> {
  const { type_drivers, path_mtu, physical_network_mtus, overlay_ip_version } = config.of(ml2Options)
  const { global_physnet_mtu } = config.of(mtuOptions)
  const physicalMtu = (name: string | null) => {
    const own = name === null ? undefined : physical_network_mtus[name]
    return own === undefined ? global_physnet_mtu : Math.min(global_physnet_mtu, Number(own))
  }
  const underlay = path_mtu > 0 ? Math.min(global_physnet_mtu, path_mtu) : global_physnet_mtu
  const room = underlay - (IP_HEADER_BYTES[overlay_ip_version] ?? 20)
  const { vni_ranges, max_header_size } = config.of(geneveOptions)
  const all: readonly TypeDriver[] = [
    local,
    flat({ physicalNetworks: config.of(flatOptions).flat_networks, physicalMtu }),
    vlan({ ranges: vlanRanges(config.of(vlanOptions).network_vlan_ranges), physicalMtu }),
    gre({ ranges: tunnelRanges(config.of(greOptions).tunnel_id_ranges), room }),
    vxlan({ ranges: tunnelRanges(config.of(vxlanOptions).vni_ranges), room }),
    geneve({ ranges: tunnelRanges(vni_ranges), room, headerBytes: max_header_size }),
  ]
  return new Map(all.filter(({ type }) => type_drivers.includes(type)).map((driver) => [driver.type, driver]))
}
