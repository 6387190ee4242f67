/**
 * Addresses of a group as they are sent, kept and compared: blocks without host bits, each once. Pure.
 * Source: Networking API v2.0, "Address groups"; texts are upstream's.
 */
import { formatCidr, parseCidr } from '#base/ip.ts'
import { isJsonObject, type Json } from '#base/json.ts'
import { Refusal } from '#resource/definition.ts'
import { HTTPBadRequest } from '#resource/errors.ts'
import { said } from '#resource/types.ts'
import { AddrFormatError } from './errors.ts'

/** Addresses in a group: each is a flow on every host and network whose rules refer to it. */
export const ADDRESSES_MAX = 10_000

/** A block as a create request has it, with its prefix length; host bits are allowed. @throws Refusal */
export function subnet(value: Json): string {
  const block = typeof value === 'string' && !/\s/.test(value) ? parseCidr(value) : null
  if (typeof value !== 'string' || block === null) throw new Refusal(`'${said(value)}' is not a valid IP subnet`)
  if (value.includes('/')) return value
  throw new Refusal(`'${value}' isn't a recognized IP subnet cidr, '${formatCidr(block)}' is recommended`)
}

/** What an action's body says, as it is kept; a bare address is a block of one. @throws HTTPBadRequest, AddrFormatError */
export function addressesOf(body: Json): string[] {
  const sent = isJsonObject(body) ? body.addresses : undefined
  if (!Array.isArray(sent)) throw HTTPBadRequest({ message: 'Invalid input for addresses. Reason: expected a list.' })
  return canonical(sent as readonly Json[])
}

/** Without host bits and repetitions, in the order sent. @throws AddrFormatError */
export function canonical(sent: readonly Json[]): string[] {
  const blocks = sent.map((value) => {
    const block = typeof value === 'string' ? parseCidr(value) : null
    if (block === null) throw AddrFormatError({ value })
    return formatCidr(block)
  })
  return [...new Set(blocks)]
}
