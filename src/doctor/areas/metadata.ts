/**
 * The metadata chain: the agent's socket, and Nova's metadata API asked as the agent asks it, once signed with the
 * shared secret and once not. Nova answers 403 to a wrong signature and 404 for an instance it does not know.
 * Source: Nova's metadata API behind Neutron's proxy.
 */
import { existsSync, lstatSync, readFileSync } from 'node:fs'
import { novaHeaders } from '#agents/metadata/nova.ts'
import { metadata as metadataOptions, metadataProxy } from '#agents/metadata/options.ts'
import { newId } from '#base/ids.ts'
import { type Answer, askHttp } from '#doctor/ask-http.ts'
import { textOf } from '#doctor/examine.ts'
import type { Check, Verdict } from '#doctor/finding.ts'
import { good, lacking, note } from '#doctor/finding.ts'
import { hasRole, type Site } from '#doctor/site.ts'

const PATH = '/latest/meta-data/instance-id'
const OWES = 'whoever holds the secret: it has to be the same in metadata_agent.ini and in nova.conf'
const MEND =
  'metadata_proxy_shared_secret = SECRET   (metadata_agent.ini, and [neutron] of nova.conf; then restart both)'
const here = (site: Site) => hasRole(site, 'metadata')

export const metadata: readonly Check[] = [
  {
    area: 'metadata',
    subject: 'agent',
    why: 'Proxies in the namespaces pass on to it what instances ask.',
    applies: here,
    check: agent,
  },
  {
    area: 'metadata',
    subject: 'Nova',
    why: 'Instances get their keys and user data from it; without an answer cloud-init waits, and gives up.',
    applies: here,
    check: nova,
  },
]

async function agent(site: Site, signal: AbortSignal): Promise<Verdict> {
  const socketPath = site.config.of(metadataProxy).metadata_proxy_socket
  const owes = 'neutron-metadata-agent, which makes that socket'
  if (!existsSync(socketPath)) return lacking(`${socketPath} is not there`, site.restart('metadata'), owes)
  if (!lstatSync(socketPath).isSocket()) return lacking(`${socketPath} is no socket`, `ls -l ${socketPath}`, owes)
  try {
    // Who does not say whose proxy it is, is refused: that is an answer.
    const { status } = await askHttp(`http://metadata${PATH}`, { socketPath }, signal)
    return good(`it answers at ${socketPath} (${status} to a request of nobody)`)
  } catch (error) {
    return lacking(`nobody answers at ${socketPath}: ${textOf(error)}`, site.restart('metadata'), owes)
  }
}

async function nova(site: Site, signal: AbortSignal): Promise<Verdict> {
  const options = site.config.of(metadataOptions)
  const { nova_metadata_protocol, nova_metadata_host, nova_metadata_port } = options
  const place = `${nova_metadata_protocol}://${nova_metadata_host}:${nova_metadata_port}`
  const file = (path: string | null) => (path ? readFileSync(path) : undefined)
  const tls = {
    rejectUnauthorized: !options.nova_metadata_insecure,
    ca: file(options.auth_ca_cert),
    cert: file(options.nova_client_cert),
    key: file(options.nova_client_priv_key),
  }
  const ask = (secret: string) => {
    const headers = novaHeaders({ id: newId(), project_id: newId() }, '192.0.2.1', secret)
    return askHttp(place + PATH, { headers, tls }, signal)
  }
  try {
    const secret = options.metadata_proxy_shared_secret
    const [signed, forged] = await Promise.all([ask(secret), ask(newId())])
    return judged(place, secret !== '', signed, forged)
  } catch (error) {
    const mend = `curl -i ${place}/   (and nova_metadata_host, nova_metadata_port in metadata_agent.ini)`
    return lacking(`${place} does not answer: ${textOf(error)}`, mend, "Nova's metadata API")
  }
}

/** What answers to a request signed with our secret, and to one signed with none anybody has, say. Pure. */
export function judged(
  place: string,
  hasSecret: boolean,
  signed: Pick<Answer, 'status'>,
  forged: Pick<Answer, 'status'>,
): Verdict {
  if (signed.status === 403) {
    const reason = hasSecret ? 'the shared secret differs' : 'metadata_proxy_shared_secret is not set here'
    return lacking(`${place} refuses our signature (403): ${reason}`, MEND, OWES)
  }
  if (signed.status !== 404) {
    const evidence = `${place} answers ${signed.status} for an instance that nobody has; 404 is expected`
    return signed.status >= 500 ? lacking(evidence, "look into Nova's log", "Nova's metadata API") : note(evidence)
  }
  if (forged.status === 404) {
    return lacking(
      `${place} does not check signatures: whoever reaches it may ask for any instance`,
      '[neutron] service_metadata_proxy = true   (nova.conf, with the same metadata_proxy_shared_secret)',
      'whoever configures Nova',
    )
  }
  return good(`${place} takes our signature and refuses others`)
}
