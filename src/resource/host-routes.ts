/**
 * Lists of routes as requests carry them, `{destination, nexthop}`: of subnets' `host_routes` and routers' `routes`. Pure.
 * Source: Networking API v2.0, "Subnets", "Routers"; the messages are upstream's.
 */
import { cidrsOverlap, formatCidr, parseCidr } from '#base/ip.ts'
import { isJsonObject, type Json } from '#base/json.ts'
import { Refusal } from './definition.ts'
import { compileType, said } from './types.ts'

const toIp = compileType('ip')
const LOOPBACK = [parseCidr('127.0.0.0/8')!, parseCidr('::1/128')!]

/** A dictionary with just those keys. */
export function withKeys(value: Json, keys: readonly string[]): { readonly [key: string]: Json } {
  const expected = keys.map((key) => `'${key}'`)
  if (!isJsonObject(value)) {
    throw new Refusal(`Invalid input. '${said(value)}' must be a dictionary with keys: [${expected.join(', ')}]`)
  }
  const provided = Object.keys(value)
  if (provided.length !== keys.length || !keys.every((key) => provided.includes(key))) {
    const set = (items: readonly string[]) => (items.length === 0 ? 'set()' : `{${items.join(', ')}}`)
    throw new Refusal(
      `Validation of dictionary's keys failed. Expected keys: ${set(expected)} ` +
        `Provided keys: ${set(provided.map((key) => `'${key}'`))}`,
    )
  }
  return value
}

/** Destinations in network form, next hops as addresses, no route twice; null is the empty list. @throws Refusal */
export function hostRoutes(value: Json): Json {
  if (value === null) return []
  if (!Array.isArray(value)) throw new Refusal(`Invalid data format for hostroute: '${said(value)}'`)
  const seen = new Set<string>()
  return (value as readonly Json[]).map((item) => {
    const { destination, nexthop } = withKeys(item, ['destination', 'nexthop'])
    const route = { destination: routeCidr(destination!), nexthop: toIp(nexthop!) }
    const key = `${route.destination} ${said(route.nexthop)}`
    if (seen.has(key)) throw new Refusal(`Duplicate hostroute '${said(item)}'`)
    seen.add(key)
    return route
  })
}

function routeCidr(value: Json): string {
  const cidr = typeof value === 'string' && value.includes('/') ? parseCidr(value) : null
  const canonical = cidr && formatCidr(cidr)
  const exact = cidr && typeof value === 'string' && parseCidr(`${value.slice(0, value.indexOf('/'))}`)
  if (!cidr || !canonical || !exact || exact.first !== cidr.first)
    throw new Refusal(`'${said(value)}' is not a valid CIDR`)
  if (LOOPBACK.some((block) => cidrsOverlap(block, cidr) && cidr.first >= block.first && cidr.last <= block.last)) {
    throw new Refusal(`'${said(value)}' is not a routable CIDR`)
  }
  return canonical
}
