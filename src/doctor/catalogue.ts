/** Every check there is, in the order it is shown. A new one is added to its area's list, not here. */
import { programs } from '#doctor/areas/programs.ts'
import { freePort, resources } from '#doctor/areas/resources.ts'
import { AREAS, type Check } from './finding.ts'

/** What a machine needs for `./neutrino up`; `ports` are to be free. */
export function machineChecks(ports: readonly number[]): readonly Check[] {
  return [...programs, ...ports.map(freePort), ...resources]
}

const ALL: readonly Check[] = [...programs, ...resources]

/** All checks, by area. */
export const catalogue: readonly Check[] = AREAS.flatMap((area) => ALL.filter((check) => check.area === area))
