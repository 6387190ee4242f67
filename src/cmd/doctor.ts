/**
 * The doctor's two faces: `./neutrino doctor`, what this machine has and lacks before anything runs on it, and what
 * `neutron doctor` is made of. The checks are in `src/doctor/`.
 */
import { loadConfig } from '#config/config.ts'
import { discoverGroups } from '#config/discover.ts'
import { machineChecks } from '#doctor/catalogue.ts'
import { linesOf } from '#doctor/checklist.ts'
import { examine } from '#doctor/examine.ts'
import { openSite } from '#doctor/site.ts'
import type { Terminal } from './terminal.ts'

/** Prints what this machine has and lacks for `./neutrino up`; answers whether nothing is lacking. */
export async function doctor(terminal: Terminal, ports: readonly number[]): Promise<boolean> {
  const groups = await discoverGroups()
  const site = openSite({
    config: loadConfig({ groups, sources: [], env: {} }),
    roles: new Set(),
    groups,
    warnings: [],
    readSchema: async () => ({ missing: [], unknown: [] }),
    restart: () => './neutrino up',
  })
  const { findings } = await examine(machineChecks(ports), site, AbortSignal.timeout(EXAMINATION_MS_MAX))
  await site.close()
  terminal.heading('What this machine has and lacks')
  for (const finding of findings) {
    for (const line of linesOf(finding, terminal.paint, false)) terminal.line(line)
  }
  const lacking = findings.filter(({ state }) => state === 'lacking').length
  terminal.line(lacking === 0 ? '\n  Nothing is lacking.' : `\n  ${lacking} lacking; the commands above mend it.`)
  return lacking === 0
}

const EXAMINATION_MS_MAX = 60_000
