/** Agents: which run on this host, which the server hears of, and what nobody serves while one is dead. */
import { common } from '#config/common.ts'
import type { Check, Verdict } from '#doctor/finding.ts'
import { good, lacking, note } from '#doctor/finding.ts'
import { BINARIES, findProcess } from '#doctor/processes.ts'
import {
  type AgentRow,
  agents as agentTable,
  isAlive,
  networkAgents,
  routerAgents,
  type SegmentRow,
  secondsSince,
  segments,
  span,
} from '#doctor/rows.ts'
import { hasRole, type Role, type Site } from '#doctor/site.ts'
import { listed } from './configuration.ts'

const AHEAD_SECONDS_MAX = 5
const AGENT_ROLES: readonly Role[] = ['openvswitch', 'dhcp', 'l3', 'metadata']

const TUNNEL_TYPES = ['vxlan', 'gre', 'geneve']
const OWES = 'whoever configures the Open vSwitch agents'

const server = (site: Site) => hasRole(site, 'server')

export const agents: readonly Check[] = [
  {
    area: 'agents',
    subject: 'processes',
    why: 'What is wired stays as it is, but nothing follows a change while an agent does not run.',
    applies: (site) => hasRole(site, ...AGENT_ROLES),
    check: async (site) => AGENT_ROLES.filter((role) => site.roles.has(role)).map((role) => running(role, site)),
  },
  {
    area: 'agents',
    subject: 'reports',
    why: 'No port is bound to a host whose agent is dead, and no new network or router goes there.',
    applies: server,
    check: reports,
  },
  {
    area: 'agents',
    subject: 'of this host',
    why: 'A port of an instance on this host cannot be bound without an agent that reports from it.',
    applies: (site) => server(site) ?? hasRole(site, ...AGENT_ROLES),
    check: ofThisHost,
  },
  {
    area: 'agents',
    subject: 'physical networks',
    why: 'A port of a network that no agent reaches is never bound: binding_failed.',
    applies: server,
    check: reach,
  },
]

function running(role: Role, site: Site): Verdict {
  const pid = findProcess(role, site.config.files)
  const subject = BINARIES[role]
  if (pid !== null) return { ...good(`process ${pid}`), subject }
  return { ...lacking('it does not run on this host', site.restart(role), `whoever runs ${site.host}`), subject }
}

async function reports(site: Site, signal: AbortSignal): Promise<readonly Verdict[]> {
  const store = await site.store()
  const { rows, served } = await store.read(async (tx) => {
    const rows = await tx.list(agentTable)
    const now = site.clock.now()
    const dead = rows.filter((row) => !isAlive(row, now, downSeconds(site))).map(({ id }) => id)
    const [networks, routers] =
      dead.length === 0
        ? [[], []]
        : [await tx.list(networkAgents, { dhcp_agent_id: dead }), await tx.list(routerAgents, { agent_id: dead })]
    const served = Map.groupBy(
      [...networks.map((row) => row.dhcp_agent_id), ...routers.map((row) => row.agent_id)],
      (id) => id,
    )
    return { rows, served }
  }, signal)
  return verdictsOf(rows, (id) => served.get(id)?.length ?? 0, site)
}

/** Each that is dead, off or ahead of its time; then how many are well. Pure but for the clock. */
export function verdictsOf(
  rows: readonly AgentRow[],
  serves: (agentId: string) => number,
  site: Pick<Site, 'clock' | 'config'>,
): readonly Verdict[] {
  const now = site.clock.now()
  const wrong = rows.flatMap((row): Verdict[] => {
    const { agent_type, binary, host, heartbeat_timestamp, admin_state_up } = row
    const subject = `${agent_type} on ${host}`
    const seconds = secondsSince(heartbeat_timestamp, now)
    if (!isAlive(row, now, downSeconds(site))) {
      const left = serves(row.id)
      const evidence =
        `dead: last heard of ${heartbeat_timestamp}, ${span(seconds)} ago` +
        (left > 0 ? `; ${left} ${agent_type === 'L3 agent' ? 'routers' : 'networks'} are left to it` : '')
      const mend = `systemctl restart ${binary}   (on ${host}; its log says why it stopped)`
      return [{ ...lacking(evidence, mend, `${binary} on ${host}`), subject }]
    }
    if (seconds < -AHEAD_SECONDS_MAX) {
      const evidence = `its last report is of ${span(-seconds)} from now: two clocks differ`
      return [{ ...lacking(evidence, 'sudo apt-get install chrony   (on both hosts)'), subject }]
    }
    if (admin_state_up) return []
    const mend = `openstack network agent set --enable ${row.id}`
    return [{ ...note('alive, but off (admin_state_up is false): nothing new is scheduled to it', mend), subject }]
  })
  const well = rows.length - wrong.length
  if (rows.length === 0) {
    return [lacking('no agent has ever reported', 'start the agents of some host', 'the agents, on every host')]
  }
  return well > 0 ? [...wrong, good(`${well} of ${rows.length} report and are on`)] : wrong
}

async function ofThisHost(site: Site, signal: AbortSignal): Promise<readonly Verdict[]> {
  const store = await site.store()
  const rows = await store.read((tx) => tx.list(agentTable), signal)
  const hosts = [...new Set(rows.map(({ host }) => host))].sort()
  const verdicts = AGENT_ROLES.filter((role) => site.roles.has(role)).flatMap((role): Verdict[] => {
    if (rows.some(({ binary, host }) => host === site.host && binary === BINARIES[role])) return []
    const others = hosts.length > 0 ? `; agents report from ${listed(hosts)}` : ''
    const evidence = `no ${BINARIES[role]} has ever reported from ${site.host}${others}`
    return [{ ...lacking(evidence, site.restart(role), `${BINARIES[role]} on ${site.host}`), subject: BINARIES[role] }]
  })
  return verdicts.length > 0 ? verdicts : [good(`all report as ${site.host}`)]
}

async function reach(site: Site, signal: AbortSignal): Promise<readonly Verdict[]> {
  const store = await site.store()
  const { rows, used } = await store.read(
    async (tx) => ({ rows: await tx.list(agentTable), used: await tx.list(segments) }),
    signal,
  )
  const now = site.clock.now()
  const living = rows.filter((row) => isAlive(row, now, downSeconds(site)))
  return [reachedPhysical(living, used), ...reachedTunnels(living, used)]
}

/** Pure, as is the next. */
export function reachedPhysical(living: readonly AgentRow[], used: readonly SegmentRow[]): Verdict {
  const reached = new Set(
    living.flatMap(({ configurations: { bridge_mappings } }) => Object.keys((bridge_mappings as object | null) ?? {})),
  )
  const names = [...new Set(used.flatMap(({ physical_network }) => physical_network ?? []))].sort()
  const missed = names.filter((name) => !reached.has(name))
  if (missed.length === 0) return good(names.length > 0 ? `${listed(names)}: reached` : 'no network needs one')
  return lacking(
    `no living agent reaches ${listed(missed)}; living ones reach ${listed([...reached].sort()) || 'none'}`,
    `[ovs] bridge_mappings = ${missed[0]}:br-ex   (openvswitch_agent.ini of a host on it; then restart its agent)`,
    OWES,
  )
}

/** Nothing when every type of tunnel that a network has is spoken by somebody. */
export function reachedTunnels(living: readonly AgentRow[], used: readonly SegmentRow[]): readonly Verdict[] {
  const spoken = new Set(living.flatMap(({ configurations: { tunnel_types } }) => textsOf(tunnel_types)))
  const missed = TUNNEL_TYPES.filter((type) => !spoken.has(type) && used.some((row) => row.network_type === type))
  if (missed.length === 0) return []
  const evidence = `there are networks of type ${missed.join(', ')}, and no living agent has it in tunnel_types`
  const mend = `[agent] tunnel_types = ${[...spoken, ...missed].join()}   (and [ovs] local_ip, in openvswitch_agent.ini)`
  return [{ ...lacking(evidence, mend, OWES), subject: 'tunnels' }]
}

function textsOf(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : []
}

function downSeconds({ config }: Pick<Site, 'config'>): number {
  return config.of(common).agent_down_time
}
