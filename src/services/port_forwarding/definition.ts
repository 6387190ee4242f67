/**
 * `floating-ip-port-forwarding` as data: ports of a floating IP that lead to ports inside, single ones and ranges.
 * Source: Networking API v2.0, "Floating IPs port forwarding".
 */
import type { Json } from '#base/json.ts'
import { defineExtension, Refusal } from '#resource/definition.ts'
import { InvalidInput } from '#resource/errors.ts'
import { said } from '#resource/types.ts'
import { checkRange, toRange } from './ranges.ts'

const PORT_MAX = 65_535
const PROTOCOLS: readonly Json[] = ['dccp', 'icmp', 'ipv6-icmp', 'sctp', 'tcp', 'udp']

export default defineExtension({
  alias: 'floating-ip-port-forwarding',
  name: 'Floating IP Port Forwarding',
  description: 'Allow port forwarding from floating IP port to an internal port',
  updated: '2018-01-19T10:00:00-00:00',
  requires: ['router'],

  resources: [
    {
      name: 'floatingip_port_forwarding',
      collection: 'port_forwardings',
      body: 'port_forwarding',
      parent: { resource: 'floatingip', column: 'floatingip_id' },
      notFound: { type: 'PortForwardingNotFound', text: 'Port Forwarding %(id)s could not be found.' },
      attributes: {
        id: { type: 'uuid', query: 'filter sort' },
        project_id: { type: 'string', allow: 'post', hidden: true, help: "Accepted; the floating IP's owner counts." },
        external_port: {
          type: { check: port, nullable: true },
          allow: 'post put',
          default: null,
          query: 'filter sort',
          help: 'Null for a range of several.',
        },
        internal_port: { type: { check: port, nullable: true }, allow: 'post put', default: null },
        internal_ip_address: { type: 'ip', allow: 'post put', help: "One of the internal port's IPv4 addresses." },
        protocol: {
          type: { check: protocol },
          allow: 'post put',
          query: 'filter sort',
          help: 'tcp, udp, sctp or dccp are forwarded; of the others nothing has ports.',
        },
        internal_port_id: { type: 'uuid', allow: 'post put', query: 'filter sort' },
        description: { type: { string: { max: 255 } }, allow: 'post put', default: '', query: 'filter' },
        external_port_range: {
          type: { check: range, nullable: true },
          allow: 'post put',
          default: null,
          query: 'filter sort',
          help: '`<first>:<last>`, or one port.',
        },
        internal_port_range: {
          type: { check: range, nullable: true },
          allow: 'post put',
          default: null,
          help: 'As many ports as outside, or one.',
        },
      },
    },
  ],

  extends: {
    floatingip: {
      port_forwardings: { type: 'any', help: 'Its port forwardings.' },
    },
  },

  announces: [
    {
      alias: 'floating-ip-port-forwarding-description',
      name: 'Floating IP Port Forwarding new attribute description',
      description: 'Add a description field to Port Forwarding rules',
      updated: '2019-11-01T10:00:00-00:00',
    },
    {
      alias: 'floating-ip-port-forwarding-detail',
      name: 'Floating IP port forwarding detail',
      description: "Allow list floating ip return more port forwarding data, include'id' and 'internal_port_id'",
      updated: '2022-05-06T10:00:00-00:00',
    },
    {
      alias: 'floating-ip-port-forwarding-port-ranges',
      name: 'Floating IP Port Forwarding support port ranges',
      // Upstream's spelling.
      description: 'Add suport to port ranges',
      updated: '2020-07-01T10:00:00-00:00',
    },
    {
      alias: 'expose-port-forwarding-in-fip',
      name: 'Expose Floating IP port forwardings',
      description: 'Expose port forwarding fields in floating IP response',
      updated: '2018-06-28T16:00:00-00:00',
    },
  ],
})

function port(value: Json): Json {
  const text = said(value)
  if (!/^\s*[+-]?\d{1,300}\s*$/.test(text)) throw new Refusal(`'${text}' is not an integer`)
  const number = Number(text)
  if (number < 1) throw new Refusal(`'${number}' is too small - must be at least '1'`)
  if (number > PORT_MAX) throw new Refusal(`'${number}' is too large - must be no larger than '${PORT_MAX}'`)
  return number
}

function range(value: Json): Json {
  const reason = checkRange(said(value), PORT_MAX)
  if (reason !== null) throw new Refusal(reason)
  return toRange(said(value))
}

/** A name or a number to begin with, as upstream's converter has it; then one of the names, to the letter. */
function protocol(value: Json): Json {
  if (PROTOCOLS.includes(value)) return value
  if (typeof value !== 'string') {
    throw InvalidInput({ error_message: `Input value ${said(value)} must be string type` })
  }
  if (PROTOCOLS.includes(value.toLowerCase()) || (/^\d{1,3}$/.test(value) && Number(value) <= 255)) {
    throw new Refusal(`${value} is not in valid_values`)
  }
  throw InvalidInput({
    error_message:
      `IP protocol '${value}' is not supported. Only protocol names and their integer representation (0 to 255) are ` +
      'supported',
  })
}
