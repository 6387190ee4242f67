/** Type driver `local`: networks that do not leave their host. Source: ML2, network type local. */
import type { TypeDriver } from '#ml2/driver.ts'
import { InvalidInput } from '#resource/errors.ts'

export const local: TypeDriver = {
  type: 'local',
  exclusive: false,
  ranges: new Map(),
  check({ physical_network, segmentation_id }) {
    const extra = physical_network ? 'physical_network' : segmentation_id ? 'segmentation_id' : null
    if (extra) throw InvalidInput({ error_message: `${extra} prohibited for local provider network` })
  },
  isComplete: () => true,
  inUse: () => InvalidInput({ error_message: 'local networks have no ids' }),
  mtu: () => null,
}
