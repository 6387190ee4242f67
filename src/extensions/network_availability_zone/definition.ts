/** `network_availability_zone` as data. Source: Networking API v2.0, "Networks", availability zones. */
import type { Json } from '#base/json.ts'
import { type Attribute, defineExtension } from '#resource/definition.ts'
import { InvalidInput } from '#resource/errors.ts'
import { compileType } from '#resource/types.ts'

/** Characters of all hints together, as Python writes the list as JSON. */
const HINTS_MAX = 255
const toList = compileType({ list: { string: { max: HINTS_MAX * HINTS_MAX } }, unique: true })

/** @throws InvalidInput when they are too many to be kept. */
function hints(value: Json): Json {
  const list = toList(value) as readonly string[]
  const text = `[${list.map((hint) => JSON.stringify(hint)).join(', ')}]`.replaceAll(/[^ -~]/g, '\\u0000')
  if (text.length > HINTS_MAX) throw InvalidInput({ error_message: 'Too many availability_zone_hints specified' })
  return list
}

/** What networks and routers have of it. */
export const zoneAttributes: { readonly [name: string]: Attribute } = {
  availability_zones: { type: 'any', help: 'Zones of the agents that serve it.' },
  availability_zone_hints: {
    type: { check: hints },
    allow: 'post',
    default: [],
    help: 'Zones whose agents are to serve it; empty: any.',
  },
}

export default defineExtension({
  alias: 'network_availability_zone',
  name: 'Network Availability Zone',
  description: 'Availability zone support for network.',
  updated: '2015-01-01T10:00:00-00:00',
  requires: ['availability_zone', 'network'],
  extends: { network: zoneAttributes },
})
