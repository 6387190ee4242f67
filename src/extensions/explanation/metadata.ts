/**
 * The step of metadata: a proxy where the instance's request comes out (a DHCP agent's, else a router's), the metadata
 * agent behind it, and what Nova answers that. Pure.
 */
import type { Port } from '#core/port/tables.ts'
import type { MetadataEvidence } from '#rpc/contract/evidence.ts'
import type { Step } from './contract.ts'
import { worst } from './dhcp.ts'
import { type Evidence, type FromAgent, instanceOf, parted } from './evidence.ts'
import type { Facts, KnownAgent } from './facts.ts'
import { isoOf, kindOf, named, OPERATOR, restart, SERVER } from './owners.ts'
import { counted, done, failed, missing, notApplicable, unknown } from './steps.ts'
import { failure } from './wiring.ts'

export function metadataStep(facts: Facts, evidence: Evidence): Step {
  if (kindOf(facts.port.device_owner) !== 'instance') return notApplicable('metadata', 'no instance asks through it')
  if (!instanceOf(facts)) return notApplicable('metadata', 'an instance asks from an IPv4 address, and as a device')
  const way = wayOut(facts, evidence)
  if (!Array.isArray(way)) return way as Step
  const hosts = way as readonly string[]
  const able = facts.metadataAgents.filter(({ host }) => hosts.includes(host))
  const living = able.filter(({ alive }) => alive)
  if (living.length === 0) return noMetadataAgent(hosts, able[0])
  const asked = evidence.metadata.filter(({ agent }) => living.some(({ id }) => id === agent.id))
  return worst(asked.map(answeredBy))
}

/** The hosts where a proxy takes the request; a step where there is none, or nobody knows. */
function wayOut(facts: Facts, { dhcp, routers }: Evidence): readonly string[] | Step {
  const [saying, silent] = parted(dhcp)
  const listening = saying.filter(({ told: { said } }) => said.proxy === 'listening').map(({ agent }) => agent.host)
  if (listening.length > 0) return listening
  if (facts.interfaces.length > 0) {
    const ways = facts.interfaces.map((port) => throughRouter(port, facts, routers))
    const open = ways.filter((each) => typeof each === 'string')
    return open.length > 0 ? open : worst(ways.filter((each) => typeof each !== 'string'))
  }
  const [lost] = saying.filter(({ told: { said } }) => said.proxy === 'missing')
  if (lost) {
    const { netns, failing } = lost.told.said
    const evidence = `no metadata proxy listens in ${netns}${failure(failing)}`
    return missing('metadata', evidence, { owner: named(lost.agent), mend: restart(lost.agent) })
  }
  const [mute] = silent
  if (mute) return unknown('metadata', `${named(mute.agent)}: ${mute.told.silent}`)
  return notApplicable('metadata', 'neither a router nor a DHCP agent serves metadata on the network')
}

/** The router's host, where its agent's proxy listens or nobody denies it. */
function throughRouter(
  { device_id: router, 'binding:host_id': host }: Port,
  { routerAgents }: Facts,
  routers: Evidence['routers'],
): string | Step {
  if (!host) {
    const mend = `neutron l3-agent-router-add <agent> ${router}`
    return missing('metadata', `router ${router} of the network is on no L3 agent`, { owner: SERVER, mend })
  }
  const agent = routerAgents.find((each) => each.host === host)
  if (!agent?.alive) {
    const gone = agent ?? { binary: 'neutron-l3-agent', host }
    const since = agent ? isoOf(agent.heartbeat_timestamp) : null
    const evidence = `${named(gone)}, which has router ${router} of the network, is dead`
    return missing('metadata', evidence, { owner: OPERATOR, mend: restart(gone), since })
  }
  const told = routers.find(({ router_id }) => router_id === router)?.told
  if (!told || 'silent' in told) return host
  const { serves, damaged, proxy, netns, failing } = told.said
  const owner = named(agent)
  const more = { owner, mend: restart(agent), since: failing?.since ?? null }
  if (!serves) return missing('metadata', `${owner} does not know router ${router}${failure(failing)}`, more)
  if (damaged) return missing('metadata', `${netns} lacks a device${failure(failing)}`, more)
  if (proxy === 'missing') return missing('metadata', `no metadata proxy listens in ${netns}${failure(failing)}`, more)
  return proxy === 'none' ? notApplicable('metadata', `${owner} serves no metadata`) : host
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
