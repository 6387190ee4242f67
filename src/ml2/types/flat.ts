/** Type driver `flat`: a physical network as it is, without tags; one network each. Source: ML2, network type flat. */
import type { TypeDriver } from '#ml2/driver.ts'
import { FlatNetworkInUse } from '#ml2/errors.ts'
import { InvalidInput } from '#resource/errors.ts'

export interface FlatSettings {
  /** `*` among them: any. */
  readonly physicalNetworks: readonly string[]
  readonly physicalMtu: (physicalNetwork: string | null) => number
}

export function flat({ physicalNetworks, physicalMtu }: FlatSettings): TypeDriver {
  return {
    type: 'flat',
    exclusive: true,
    ranges: new Map(),
    check({ physical_network, segmentation_id }) {
      const refuse = (error_message: string) => InvalidInput({ error_message })
      if (!physical_network) throw refuse('physical_network required for flat provider network')
      if (physicalNetworks.length === 0) throw refuse('Flat provider networks are disabled')
      if (!physicalNetworks.includes('*') && !physicalNetworks.includes(physical_network)) {
        throw refuse(`physical_network '${physical_network}' unknown for flat provider network`)
      }
      if (segmentation_id) throw refuse('segmentation_id prohibited for flat provider network')
    },
    isComplete: () => true,
    inUse: ({ physical_network }) => FlatNetworkInUse({ physical_network }),
    mtu: physicalMtu,
  }
}
