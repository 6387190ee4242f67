/**
 * Host names and domains as requests carry them: of ports, networks and floating IPs. Pure. What the configured domain
 * means for them is dns-integration's.
 * Source: RFC 952, RFC 1123 §2.1; Networking API v2.0, `dns_name`, `dns_domain`; the messages are upstream's.
 */
import type { Json } from '#base/json.ts'
import { Refusal } from './definition.ts'
import { InvalidInput } from './errors.ts'
import { said } from './types.ts'

/** Characters of a name with all its labels. */
export const FQDN_MAX = 255
/** Room for a domain behind the shortest name, and for a name before the shortest domain. */
const [DOMAIN_ROOM, NAME_ROOM] = [3, 2]
/** Keywords stand for what the caller's token says. */
const LABEL = /^(?:[a-z0-9-]{1,63}|<project_id>|<project_name>|<user_name>|<user_id>)$/

/** The name of a port: a label, some of them, or all with a dot at the end; in lower case. @throws Refusal */
export function dnsName(value: Json): string {
  const name = lowerCase(value)
  refuseUnlessName(name)
  return name
}

/** The name of a floating IP: without its domain. @throws Refusal */
export function relativeDnsName(value: Json): string {
  const name = lowerCase(value)
  if (name.endsWith('.')) throw new Refusal(`'${name}' is a FQDN. It should be a relative domain name`)
  refuseUnlessName(name)
  if (name.length > FQDN_MAX - DOMAIN_ROOM) {
    throw new Refusal(
      `'${name}' contains ${name.length} characters. Adding a domain name will cause it to exceed the maximum length ` +
        `of a FQDN of '${FQDN_MAX}'`,
    )
  }
  return name
}

/** A domain with a dot at the end, or none. @throws Refusal */
export function dnsDomain(value: Json): string {
  const domain = lowerCase(value)
  if (domain === '') return domain
  if (!domain.endsWith('.')) throw new Refusal(`'${domain}' is not a FQDN`)
  refuseUnlessName(domain)
  if (domain.length > FQDN_MAX - NAME_ROOM) {
    throw new Refusal(
      `'${domain}' contains ${domain.length} characters. Adding a sub-domain will cause it to exceed the maximum ` +
        `length of a FQDN of '${FQDN_MAX}'`,
    )
  }
  return domain
}

function lowerCase(value: Json): string {
  if (typeof value === 'string') return value.toLowerCase()
  throw InvalidInput({ error_message: `Input value ${said(value)} must be string type` })
}

function refuseUnlessName(text: string): void {
  const reason = text === '' ? null : flawOf(text)
  if (reason !== null) throw new Refusal(`'${text}' not a valid PQDN or FQDN. Reason: ${reason}`)
}

function flawOf(text: string): string | null {
  const trimmed = text.endsWith('.') ? text.slice(0, -1) : text
  if (trimmed.length > FQDN_MAX) return `'${trimmed}' exceeds the ${FQDN_MAX} character FQDN limit`
  const labels = trimmed.split('.')
  for (const label of labels) {
    if (label === '') return 'Encountered an empty component'
    if (label.startsWith('-') || label.endsWith('-')) return `Name '${label}' must not start or end with a hyphen`
    if (!LABEL.test(label)) {
      return `Name '${label}' must be 1-63 characters long, each of which can only be alphanumeric or a hyphen`
    }
  }
  const last = labels.at(-1)!
  return labels.length > 1 && /^[0-9]+$/.test(last) ? `TLD '${last}' must not be all numeric` : null
}
