/** What the tunnel types share: an id, no physical network, and an MTU less the tunnel's headers. */
import type { IpRange } from '#base/ip.ts'
import type { TypeDriver } from '#ml2/driver.ts'
import { TunnelIdInUse } from '#ml2/errors.ts'
import { InvalidInput } from '#resource/errors.ts'

export interface TunnelSettings {
  readonly ranges: readonly IpRange[]
  /** What the underlay leaves for the tunnel: its MTU less the outer IP header. */
  readonly room: number
}

export function tunnel(
  type: string,
  { ranges, room, headerBytes, idMax }: TunnelSettings & { headerBytes: number; idMax: number },
): TypeDriver {
  return {
    type,
    exclusive: true,
    ranges: new Map([['', ranges]]),
    check({ physical_network, segmentation_id }) {
      if (physical_network) {
        throw InvalidInput({ error_message: `provider:physical_network specified for ${type} network` })
      }
      if (segmentation_id !== null && (segmentation_id < 1 || segmentation_id > idMax)) {
        throw InvalidInput({ error_message: `segmentation_id out of range (1 through ${idMax})` })
      }
    },
    isComplete: ({ segmentation_id }) => segmentation_id !== null,
    inUse: ({ segmentation_id }) => TunnelIdInUse({ tunnel_id: segmentation_id }),
    mtu: () => room - headerBytes,
  }
}
