/** The steps of what serves the port: DHCP agent, dnsmasq, the port's entry, the instance's metadata. Pure. */
import type { DhcpEvidence, MetadataEvidence } from '#rpc/contract/evidence.ts'
import type { Step } from './contract.ts'
import { type Evidence, type FromAgent, instanceOf } from './evidence.ts'
import type { Facts, KnownAgent } from './facts.ts'
import { isoOf, kindOf, named, OPERATOR, restart, SERVER } from './owners.ts'
import { after, counted, done, failed, missing, notApplicable, unknown } from './steps.ts'
import { failure } from './wiring.ts'

type Silent = { readonly agent: KnownAgent; readonly told: { readonly silent: string } }
type Said<E> = { readonly agent: KnownAgent; readonly told: { readonly said: E } }

export function dhcpSteps(facts: Facts, { dhcp }: Evidence): Step[] {
  const none = noDhcp(facts)
  if (none) return (['dhcp_agent', 'dhcp_server', 'dhcp_entry'] as const).map((step) => notApplicable(step, none))
  const agent = dhcpAgent(facts)
  if (agent.state !== 'done') return [agent, after('dhcp_server', 'dhcp_agent'), after('dhcp_entry', 'dhcp_agent')]
  const [saying, silent] = parted(dhcp)
  if (saying.length === 0) {
    const reason = silent.map((each) => `${named(each.agent)}: ${each.told.silent}`).join('; ')
    return [agent, unknown('dhcp_server', reason), unknown('dhcp_entry', reason)]
  }
  const server = worst(saying.map((each) => dhcpServer(each)))
  const entry =
    server.state === 'done' ? worst(saying.map((each) => dhcpEntry(each))) : after('dhcp_entry', 'dhcp_server')
  return [agent, server, entry]
}

/** Why the port's addresses do not come by DHCP; null: they do. */
function noDhcp({ port, subnets }: Facts): string | null {
  if (port.fixed_ips.length === 0) return 'the port has no address'
  if (kindOf(port.device_owner) === 'none' || port.device_owner.startsWith('network:')) {
    return `${port.device_owner} asks nobody for its address`
  }
  const served = subnets.some(({ enable_dhcp, ipv6_address_mode }) => enable_dhcp && ipv6_address_mode !== 'slaac')
  return served ? null : 'DHCP is off on the subnets of its addresses'
}

function dhcpAgent({ dhcpAgents, livingDhcpAgents, network }: Facts): Step {
  const living = dhcpAgents.filter(({ alive, admin_state_up }) => alive && admin_state_up)
  if (living.length > 0) {
    const dead = dhcpAgents.filter(({ alive }) => !alive)
    const more = dead.length > 0 ? ` (dead: ${dead.map(named).join(', ')})` : ''
    return done('dhcp_agent', `the network is served by ${living.map(named).join(', ')}${more}`)
  }
  const [off] = dhcpAgents.filter(({ alive }) => alive)
  if (off) {
    const mend = `neutron agent-update ${off.id} --admin-state-up True`
    return missing('dhcp_agent', `${named(off)} is administratively down`, { owner: OPERATOR, mend })
  }
  const [dead] = dhcpAgents
  if (dead) {
    const since = isoOf(dead.heartbeat_timestamp)
    return missing('dhcp_agent', `${named(dead)} serves the network and is dead`, {
      owner: OPERATOR,
      mend: restart(dead),
      since,
    })
  }
  if (livingDhcpAgents === 0) {
    const mend = 'start neutron-dhcp-agent on a network host'
    return missing('dhcp_agent', 'no DHCP agent serves the network, and none is alive', { owner: OPERATOR, mend })
  }
  const mend = `neutron dhcp-agent-network-add <agent> ${network.id}`
  return missing('dhcp_agent', 'the network was given to no DHCP agent', { owner: SERVER, mend })
}

function dhcpServer({ agent, told: { said } }: Said<DhcpEvidence>): Step {
  const owner = named(agent)
  const trying = failure(said.failing)
  const details = { plan: [...said.plan], netns: said.netns }
  if (!said.serves) {
    return missing('dhcp_server', `${owner} does not know that it serves the network${trying}`, {
      owner,
      mend: restart(agent),
      details,
    })
  }
  const { alive, wanted, died_at } = said.dnsmasq
  if (!alive && wanted) {
    const since = died_at ?? said.failing?.since ?? null
    const evidence = `dnsmasq does not run in ${said.netns}${trying}`
    return failed('dhcp_server', evidence, { owner, mend: restart(agent), since, details })
  }
  const undone = said.plan.filter((step) => !['write-files', 'signal-dnsmasq', 'release-leases'].includes(step))
  if (undone.length > 0) {
    const evidence = `${said.netns} is not as it is to be: ${undone.join(', ')}${trying}`
    return missing('dhcp_server', evidence, {
      owner,
      mend: restart(agent),
      since: said.failing?.since ?? null,
      details,
    })
  }
  return done('dhcp_server', `dnsmasq answers in ${said.netns} on ${agent.host}`, { details })
}

function dhcpEntry({ agent, told: { said } }: Said<DhcpEvidence>): Step {
  const owner = named(agent)
  const { wanted, missing: lacking } = said.entries
  const details = { hosts_file: said.hosts_file, entries: [...wanted] }
  const more = { owner, mend: restart(agent), since: said.failing?.since ?? null, details }
  if (wanted.length === 0)
    return missing('dhcp_entry', `${owner} was not told of the port${failure(said.failing)}`, more)
  if (lacking.length > 0) {
    const evidence = `${said.hosts_file} lacks '${lacking[0]}'${failure(said.failing)}`
    return missing('dhcp_entry', evidence, more)
  }
  if (!said.loaded) return missing('dhcp_entry', `dnsmasq has not read ${said.hosts_file} as it is now`, more)
  return done('dhcp_entry', `dnsmasq on ${agent.host} knows '${wanted[0]}'`, { details })
}

export function metadataStep(facts: Facts, { dhcp, metadata }: Evidence): Step {
  if (kindOf(facts.port.device_owner) !== 'instance') return notApplicable('metadata', 'no instance asks through it')
  if (!instanceOf(facts)) return notApplicable('metadata', 'an instance asks from an IPv4 address, and as a device')
  const [saying, silent] = parted(dhcp)
  const lost = saying.find(({ told: { said } }) => said.proxy === 'missing')
  if (lost && facts.interfaces.length === 0) {
    const evidence = `no metadata proxy listens in ${lost.told.said.netns}${failure(lost.told.said.failing)}`
    return missing('metadata', evidence, { owner: named(lost.agent), mend: restart(lost.agent) })
  }
  const hosts = new Set([
    ...saying.filter(({ told: { said } }) => said.proxy === 'listening').map(({ agent }) => agent.host),
    ...facts.interfaces.map((port) => port['binding:host_id']).filter((host) => host !== ''),
  ])
  if (hosts.size === 0) {
    const [mute] = silent
    if (mute) return unknown('metadata', `${named(mute.agent)}: ${mute.told.silent}`)
    return notApplicable('metadata', 'neither a router nor a DHCP agent serves metadata on the network')
  }
  const able = facts.metadataAgents.filter(({ host }) => hosts.has(host))
  const living = able.filter(({ alive }) => alive)
  if (living.length === 0) return noMetadataAgent([...hosts], able[0])
  const asked = metadata.filter(({ agent }) => living.some(({ id }) => id === agent.id))
  return worst(asked.map(answeredBy))
}

function noMetadataAgent([host]: readonly string[], dead: KnownAgent | undefined): Step {
  const agent = dead ?? { binary: 'neutron-metadata-agent', host: host! }
  const evidence = dead ? `${named(dead)} is dead` : `no metadata agent has ever reported from host ${host}`
  const since = dead ? isoOf(dead.heartbeat_timestamp) : null
  return missing('metadata', evidence, { owner: OPERATOR, mend: restart(agent), since })
}

function answeredBy({ agent, told }: FromAgent<MetadataEvidence>): Step {
  if ('silent' in told) return unknown('metadata', `${named(agent)}: ${told.silent}`)
  const { nova, answered, last_at } = told.said
  const details = { answered: { ...answered }, last_at }
  if (!nova) return unknown('metadata', `${named(agent)} did not ask Nova`, { details })
  const { url, status, error } = nova
  if (status === 200) {
    const before = answered['200'] ?? 0
    const asked = before > 0 ? `; the instance was answered ${counted(before, 'time')}` : ''
    return done('metadata', `Nova at ${url} answers ${named(agent)} for the instance${asked}`, { at: last_at, details })
  }
  if (status === 403) {
    return failed('metadata', `Nova at ${url} refuses what ${named(agent)} signs (403): the secrets differ`, {
      owner: OPERATOR,
      mend:
        `metadata_proxy_shared_secret in metadata_agent.ini on ${agent.host} as in [neutron] of nova.conf, ` +
        'and restart the agent',
      since: last_at,
      details,
    })
  }
  if (status === 404) {
    const owner = 'nova'
    return failed('metadata', `Nova at ${url} knows no such instance (404)`, { owner, details })
  }
  const answer = status === null ? `is not reached: ${error ?? 'no answer'}` : `answers ${status}`
  const mend = `nova_metadata_host and nova_metadata_port in metadata_agent.ini on ${agent.host}`
  return failed('metadata', `Nova's metadata API at ${url} ${answer}`, { owner: OPERATOR, mend, details })
}

function parted<E>(all: readonly FromAgent<E>[]): [readonly Said<E>[], readonly Silent[]] {
  const saying = all.filter((each): each is Said<E> => 'said' in each.told)
  return [saying, all.filter((each): each is Silent => 'silent' in each.told)]
}

const ORDER: readonly Step['state'][] = ['failed', 'missing', 'waiting', 'done', 'unknown', 'not_applicable']

/** Of what several agents say of one step, what has to be acted on first. */
function worst(steps: readonly Step[]): Step {
  return steps.toSorted((a, b) => ORDER.indexOf(a.state) - ORDER.indexOf(b.state))[0]!
}
