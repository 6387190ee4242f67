/**
 * Pairs as they are sent: each an address or a block, perhaps with a MAC. What is valid is kept to the letter, as it is
 * shown again. Pure. Source: upstream's validator, as seen in what its API takes, shows and refuses.
 */
import { canonicalIp, cidrsOverlap, formatCidr, parseCidr } from '#base/ip.ts'
import { isJsonObject, type Json, type JsonObject } from '#base/json.ts'
import { canonicalMac } from '#base/mac.ts'
import { Refusal } from '#resource/definition.ts'
import { HTTPBadRequest } from '#resource/errors.ts'
import { compileType, said } from '#resource/types.ts'
import { AllowedAddressPairsMissingIP, DuplicateAddressPairInRequest } from './errors.ts'

const toIp = compileType('ip')
const toMac = compileType('mac')
const MULTICAST = { 4: parseCidr('224.0.0.0/4')!, 6: parseCidr('ff00::/8')! } as const
const KEYS: readonly string[] = ['ip_address', 'mac_address']

/** A pair as sent; without a MAC, the port's is meant. */
export interface SentPair {
  readonly ip_address: string
  readonly mac_address?: string
}

/** @throws Refusal, HTTPBadRequest, AllowedAddressPairsMissingIP, DuplicateAddressPairInRequest */
export function addressPairs(value: Json): Json {
  if (value === null) return []
  if (!Array.isArray(value)) throw HTTPBadRequest({ message: 'Allowed address pairs must be a list.' })
  const seen = new Set<string>()
  for (const pair of value as readonly Json[]) {
    if (!isJsonObject(pair)) throw new Refusal(`'${said(pair)}' is not a dictionary`)
    checkPair(pair, seen)
  }
  return value
}

function checkPair(pair: JsonObject, seen: Set<string>): void {
  const { ip_address, mac_address } = pair
  if (mac_address !== undefined) outright(() => toMac(mac_address))
  if (ip_address === undefined) throw AllowedAddressPairsMissingIP()
  refuseSecond(seen, mac_address ?? null, ip_address)
  const unknown = Object.keys(pair).filter((key) => !KEYS.includes(key))
  if (unknown.length > 0) throw HTTPBadRequest({ message: `Unrecognized attribute(s) '${unknown.join(', ')}'` })
  outright(() =>
    typeof ip_address === 'string' && ip_address.includes('/') ? checkBlock(ip_address) : toIp(ip_address),
  )
  outright(() => refuseMulticast(String(ip_address), mac_address ?? null))
}

/** A block is refused where it meets a multicast range; all of IPv4 is taken, as upstream takes it. */
function refuseMulticast(address: string, mac: Json): void {
  const block = parseCidr(address)
  const range = MULTICAST[block?.version ?? 4]
  const isEverything = block?.version === 4 && block.length === 0
  if (block !== null && !isEverything && cidrsOverlap(block, range)) {
    if (!address.includes('/')) throw new Refusal(`IP ${address} is a multicast address, which is not supported.`)
    const net = `${canonicalIp(address.slice(0, address.indexOf('/')))}/${block.length}`
    throw new Refusal(`Subnet ${net} overlaps with multicast range ${formatCidr(range)}, which is not supported.`)
  }
  const canonical = typeof mac === 'string' ? canonicalMac(mac) : null
  if (canonical !== null && (Number.parseInt(canonical.slice(0, 2), 16) & 1) === 1) {
    throw new Refusal(`MAC address ${said(mac)} is a multicast address, which is not supported.`)
  }
}

/** Host bits are taken as they are; the length is a number without zeros before it. */
function checkBlock(text: string): void {
  const block = parseCidr(text)
  if (block === null) throw new Refusal(`'${text}' is not a valid IP subnet`)
  if (block.version === 6 || text.endsWith(`/${block.length}`)) return
  throw new Refusal(`'${text}' isn't a recognized IP subnet cidr, '${formatCidr(block)}' is recommended`)
}

/** Refused in the validator's own words, without saying which attribute. */
function outright(check: () => void): void {
  try {
    check()
  } catch (error) {
    throw error instanceof Refusal ? HTTPBadRequest({ message: error.message }) : error
  }
}

/** The pairs, each with its MAC. @throws DuplicateAddressPairInRequest for one that is there in other words. */
export function completePairs(pairs: readonly SentPair[], portMac: string): Required<SentPair>[] {
  const seen = new Set<string>()
  return pairs.map(({ ip_address, mac_address = portMac }) => {
    refuseSecond(seen, mac_address.toLowerCase(), ip_address, mac_address)
    return { ip_address, mac_address }
  })
}

function refuseSecond(seen: Set<string>, mac: Json, ip: Json, mac_address: Json = mac): void {
  const key = JSON.stringify([mac, ip])
  if (seen.has(key)) throw DuplicateAddressPairInRequest({ mac_address, ip_address: ip })
  seen.add(key)
}
