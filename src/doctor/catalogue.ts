/** Every check there is, in the order it is shown. A new one is added to its area's list, not here. */
import { agents } from '#doctor/areas/agents.ts'
import { api } from '#doctor/areas/api.ts'
import { bus } from '#doctor/areas/bus.ts'
import { clocks } from '#doctor/areas/clock.ts'
import { configuration } from '#doctor/areas/configuration.ts'
import { database } from '#doctor/areas/database.ts'
import { dhcp } from '#doctor/areas/dhcp.ts'
import { features } from '#doctor/areas/features.ts'
import { flows } from '#doctor/areas/flows.ts'
import { kernel } from '#doctor/areas/kernel.ts'
import { l3 } from '#doctor/areas/l3.ts'
import { metadata } from '#doctor/areas/metadata.ts'
import { mtu } from '#doctor/areas/mtu.ts'
import { programs } from '#doctor/areas/programs.ts'
import { freePort, resources } from '#doctor/areas/resources.ts'
import { switches } from '#doctor/areas/switch.ts'
import { AREAS, type Check } from './finding.ts'

/** What a machine needs for `./neutrino up`; `ports` are to be free. */
export function machineChecks(ports: readonly number[]): readonly Check[] {
  return [...programs, ...ports.map(freePort), ...resources]
}

const ALL: readonly Check[] = [
  ...programs,
  ...resources,
  ...kernel,
  ...configuration,
  ...clocks,
  ...database,
  ...bus,
  ...api,
  ...agents,
  ...switches,
  ...features,
  ...flows,
  ...dhcp,
  ...l3,
  ...metadata,
  ...mtu,
]

/** All checks, by area. */
export const catalogue: readonly Check[] = AREAS.flatMap((area) => ALL.filter((check) => check.area === area))
