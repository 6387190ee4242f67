/**
 * What the doctor is told of a host, and its face `./neutrino doctor`: what this machine has and lacks before anything
 * runs on it. The checks are in `src/doctor/`; doctor-command.ts is `neutron doctor`.
 */
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Source } from '#config/arguments.ts'
import { discoverGroups } from '#config/discover.ts'
import { catalogue, machineChecks } from '#doctor/catalogue.ts'
import { checklist, linesOf, summaryOf } from '#doctor/checklist.ts'
import { type Examination, examine } from '#doctor/examine.ts'
import type { Area, Check, Finding } from '#doctor/finding.ts'
import { BINARIES } from '#doctor/processes.ts'
import { readConfiguration } from '#doctor/read-configuration.ts'
import { openSite, type Role, rolesOf, type SiteOptions } from '#doctor/site.ts'
import { loadWholeSchema } from '#plugin/whole-schema.ts'
import { schemaState } from '#store/schema-state.ts'
import { readOneHost } from './one-host.ts'
import type { Terminal } from './terminal.ts'

const EXAMINATION_MS_MAX = 120_000

/** As a distribution lays them out; those that are there are read. */
const USUAL_FILES = [
  'neutron.conf',
  'plugins/ml2/ml2_conf.ini',
  'plugins/ml2/openvswitch_agent.ini',
  'dhcp_agent.ini',
  'l3_agent.ini',
  'metadata_agent.ini',
].map((name) => `/etc/neutron/${name}`)
const FILES_OF_ONE_HOST: { readonly [file: string]: boolean } = {
  'neutron.conf': false,
  'ml2_conf.ini': false,
  'openvswitch_agent.ini': true,
  'dhcp_agent.ini': true,
  'l3_agent.ini': true,
  'metadata_agent.ini': true,
}
/** Whoever asks about an area means a host that is for it. */
const ROLES_OF_AREAS: { readonly [area in Area]?: readonly Role[] } = {
  database: ['server'],
  api: ['server'],
  agents: ['server'],
  switch: ['openvswitch'],
  flows: ['openvswitch'],
  dhcp: ['dhcp'],
  l3: ['l3'],
  metadata: ['metadata'],
  mtu: ['openvswitch'],
}

export interface Examined {
  readonly configFiles: readonly string[]
  readonly configDirs: readonly string[]
  /** Of `./neutrino up`; null: none is named. */
  readonly state: string | null
  /** Empty: all. */
  readonly areas: readonly Area[]
}

/** @throws OperatingError when nothing was ever started over that state. */
export async function examineHost(
  { configFiles, configDirs, state, areas }: Examined,
  checks: readonly Check[],
  signal: AbortSignal,
): Promise<Examination> {
  const sources = [
    ...(state === null ? [] : filesOfOneHost(resolve(state))),
    ...configFiles.map((path): Source => ({ kind: 'file', path: resolve(path) })),
    ...configDirs.map((path): Source => ({ kind: 'dir', path: resolve(path) })),
  ]
  const usual = USUAL_FILES.filter((path) => existsSync(path)).map((path): Source => ({ kind: 'file', path }))
  const read = readConfiguration(await discoverGroups(), sources.length > 0 ? sources : usual)
  const roles = new Set([...rolesOf(read.config.files), ...areas.flatMap((area) => ROLES_OF_AREAS[area] ?? [])])
  const restart = (role: Role) =>
    state === null ? `systemctl restart ${BINARIES[role]}` : `./neutrino up --state ${state}   (again)`
  // What no process would start over is said, whatever was asked for.
  const isBad = read.refusals.length > 0 || read.config.files.length === 0
  const wanted = checks.filter(
    ({ area }) => areas.length === 0 || areas.includes(area) || (isBad && area === 'configuration'),
  )
  return await run(wanted, { ...read, roles: read.readable ? roles : new Set<Role>(), restart }, signal)
}

async function run(
  checks: readonly Check[],
  options: Omit<SiteOptions, 'readSchema'>,
  signal: AbortSignal,
): Promise<Examination> {
  const site = openSite({ ...options, readSchema: async (store) => schemaState(store, await loadWholeSchema()) })
  try {
    return await examine(checks, site, AbortSignal.any([signal, AbortSignal.timeout(EXAMINATION_MS_MAX)]))
  } finally {
    await site.close()
  }
}

function filesOfOneHost(state: string): Source[] {
  const { apiOnly } = readOneHost(state)
  return Object.entries(FILES_OF_ONE_HOST)
    .filter(([, isAgent]) => !(apiOnly && isAgent))
    .map(([name]) => ({ kind: 'file', path: `${state}/etc/${name}` }))
}

/** Prints what this machine has and lacks for `./neutrino up`; answers whether nothing is lacking. */
export async function doctor(terminal: Terminal, ports: readonly number[]): Promise<boolean> {
  const read = readConfiguration(await discoverGroups(), [])
  const options = { ...read, roles: new Set<Role>(), restart: () => './neutrino up' }
  const { findings } = await run(machineChecks(ports), options, AbortSignal.timeout(EXAMINATION_MS_MAX))
  terminal.heading('What this machine has and lacks')
  for (const line of findings.flatMap((finding) => linesOf(finding, terminal.paint, false))) terminal.line(line)
  return conclude(terminal, findings)
}

/** The same of an instance that was started over that state: all that `neutron doctor --state` asks. */
export async function doctorOfState(terminal: Terminal, state: string): Promise<boolean> {
  const asked = { configFiles: [], configDirs: [], state, areas: [] }
  const { findings, skipped } = await examineHost(asked, catalogue, AbortSignal.timeout(EXAMINATION_MS_MAX))
  terminal.heading(`What ${state} has and lacks`)
  for (const line of checklist(findings, { paint: terminal.paint, verbose: false, skipped })) terminal.line(line)
  return conclude(terminal, findings)
}

function conclude(terminal: Terminal, findings: readonly Finding[]): boolean {
  terminal.line(`\n  ${summaryOf(findings)}`)
  return findings.every(({ state }) => state !== 'lacking')
}
