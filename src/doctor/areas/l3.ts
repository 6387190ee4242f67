/** What the L3 agent of this host has on record, compared with what the host has: namespaces, devices, daemons. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { Advertisers } from '#agents/l3/advertisers.ts'
import { l3 as l3Options } from '#agents/l3/options.ts'
import type { RouterRecord } from '#agents/l3/state.ts'
import { netnsName } from '#agents/l3/state.ts'
import { common } from '#config/common.ts'
import type { Check, Verdict } from '#doctor/finding.ts'
import { good, lacking, note } from '#doctor/finding.ts'
import { BINARIES, findProcess } from '#doctor/processes.ts'
import { agents, routerAgents } from '#doctor/rows.ts'
import { hasRole, type Site } from '#doctor/site.ts'
import { inside } from '#linux/inside.ts'
import { readLinks } from '#linux/netlink.ts'
import { netns, netnsExists } from '#linux/netns.ts'
import { readSysctls } from '#linux/sysctl.ts'
import { listed } from './configuration.ts'
import { socketsOf } from './features.ts'
import { leftOver } from './namespaces.ts'
import { installed } from './programs.ts'

const BINARY = BINARIES.l3
const FORWARDING = 'net/ipv4/ip_forward'
const here = (site: Site) => hasRole(site, 'l3')

export const l3: readonly Check[] = [
  {
    area: 'l3',
    subject: 'routers',
    moving: true,
    why: 'Instances reach other networks, and are reached by floating IPs, through their router.',
    applies: here,
    check: async (site) => routers(site),
  },
  {
    area: 'l3',
    subject: 'routers of the agent',
    why: 'A router that the server gave to this agent, and that is not here, forwards nothing.',
    applies: (site) => here(site) ?? hasRole(site, 'server'),
    check: given,
  },
  {
    area: 'l3',
    subject: 'namespaces',
    why: 'A router left over answers ARP for addresses that may be elsewhere by now.',
    applies: here,
    check: async (site) =>
      leftOver(
        'qrouter-',
        recordsOf(site).map(({ id }) => id),
      ),
  },
  {
    area: 'l3',
    subject: 'keepalived',
    why: 'Highly available routers decide by it who is active.',
    sanity: 'keepalived_ipv6_support',
    applies: () => 'there are no highly available routers in this release',
    check: () => installed(['keepalived', '--version'], 'keepalived'),
  },
]

interface OnRecord {
  readonly id: string
  readonly record: RouterRecord
}

function recordsOf({ config }: Site): OnRecord[] {
  const folder = `${config.of(common).state_path}/l3-agent`
  if (!existsSync(folder)) return []
  return readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .map((name) => ({
      id: name.slice(0, -'.json'.length),
      record: JSON.parse(readFileSync(`${folder}/${name}`, 'utf8')) as RouterRecord,
    }))
}

function routers(site: Site): readonly Verdict[] {
  const records = recordsOf(site)
  const isRunning = findProcess('l3', site.config.files) !== null
  const owes = isRunning
    ? `${BINARY}, which looks at each router every few seconds`
    : `${BINARY}, which does not run here`
  const announced = announcedOf(site)
  const wrong = records.flatMap(({ id, record }): Verdict[] => {
    const reason = lackOf(id, record, site) ?? announced(id)
    return reason === null ? [] : [{ ...lacking(reason, site.restart('l3'), owes), subject: `router ${id}` }]
  })
  if (wrong.length > 0) return wrong
  return [good(records.length === 0 ? 'this host has none' : `${records.length}, each with its namespace and devices`)]
}

/** The first thing a router on record lacks; null: nothing. */
function lackOf(id: string, { devices }: RouterRecord, { config }: Site): string | null {
  const name = netnsName(id)
  if (!netnsExists(name)) return `its namespace ${name} is not there`
  const space = netns(name)
  const up = new Set(readLinks(space).flatMap((link) => (link.up ? [link.name] : [])))
  const gone = devices.filter((device) => !up.has(device))
  if (gone.length > 0) return `in ${name} these devices are not there, or down: ${listed(gone)}`
  if (readSysctls(space, [FORWARDING])[FORWARDING] !== '1') return `in ${name} net.ipv4.ip_forward is off`
  const { enable_metadata_proxy, metadata_port } = config.of(l3Options)
  if (!enable_metadata_proxy || devices.length === 0 || listensIn(name, metadata_port)) return null
  return `in ${name} no metadata proxy listens on port ${metadata_port}: instances do not get their metadata`
}

function listensIn(name: string, port: number): boolean {
  return inside(netns(name), () =>
    ['tcp', 'tcp6']
      .map((family) => `/proc/self/net/${family}`)
      .filter((file) => existsSync(file))
      .some((file) => socketsOf(readFileSync(file, 'utf8')).some((socket) => socket.listens && socket.port === port)),
  )
}

/** Why a router that has something to announce does not; null: it does, or has nothing. */
function announcedOf({ config }: Site): (id: string) => string | null {
  const { ra_confs, radvd_user } = config.of(l3Options)
  const pids = `${config.of(common).state_path}/external/pids`
  return (id) => {
    if (!existsSync(`${ra_confs}/${id}.radvd.conf`)) return null
    const advertisers = new Advertisers({ confs: ra_confs, pids, user: radvd_user, onDeath: () => {} })
    try {
      return advertisers.find(id) === null ? `radvd does not run in ${netnsName(id)}: it announces no prefixes` : null
    } finally {
      advertisers.close()
    }
  }
}

async function given(site: Site, signal: AbortSignal): Promise<Verdict> {
  const store = await site.store()
  const rows = await store.read(async (tx) => {
    const own = await tx.list(agents, { host: site.host, binary: BINARY })
    return own.length === 0 ? [] : await tx.list(routerAgents, { agent_id: own.map(({ id }) => id) })
  }, signal)
  const known = new Set(recordsOf(site).map(({ id }) => id))
  const missing = rows.map(({ router_id }) => router_id).filter((id) => !known.has(id))
  if (missing.length === 0) return good(`${rows.length} given, all on record here`)
  return note(
    `${missing.length} of ${rows.length} are not here: ${listed(missing)} (off, or not yet)`,
    undefined,
    BINARY,
  )
}
