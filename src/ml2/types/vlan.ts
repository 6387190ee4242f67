/** Type driver `vlan`: tags on a physical network. Source: ML2, network type vlan; IEEE 802.1Q (ids 1 to 4094). */
import type { IpRange } from '#base/ip.ts'
import type { TypeDriver } from '#ml2/driver.ts'
import { VlanIdInUse } from '#ml2/errors.ts'
import { InvalidInput } from '#resource/errors.ts'

const VLAN_MIN = 1
const VLAN_MAX = 4094

export interface VlanSettings {
  readonly ranges: ReadonlyMap<string, readonly IpRange[]>
  readonly physicalMtu: (physicalNetwork: string | null) => number
}

export function vlan({ ranges, physicalMtu }: VlanSettings): TypeDriver {
  return {
    type: 'vlan',
    exclusive: true,
    ranges,
    check({ physical_network, segmentation_id }, physnets) {
      const refuse = (error_message: string) => InvalidInput({ error_message })
      if (!physical_network) {
        if (segmentation_id === null) return
        throw refuse('segmentation_id requires physical_network for VLAN provider network')
      }
      if (!physnets.has(physical_network)) {
        throw refuse(`physical_network '${physical_network}' unknown for VLAN provider network`)
      }
      if (segmentation_id !== null && (segmentation_id < VLAN_MIN || segmentation_id > VLAN_MAX)) {
        throw refuse(`segmentation_id out of range (${VLAN_MIN} through ${VLAN_MAX})`)
      }
    },
    isComplete: ({ segmentation_id }) => segmentation_id !== null,
    inUse: ({ physical_network, segmentation_id }) => VlanIdInUse({ vlan_id: segmentation_id, physical_network }),
    mtu: physicalMtu,
  }
}
