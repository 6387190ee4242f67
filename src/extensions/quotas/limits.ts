/** The limits of a `PUT /quotas/{project_id}` body, checked. Pure. Source: Networking API v2.0, "Quotas extension". */
import { WireError } from '#base/errors.ts'
import type { JsonObject } from '#base/json.ts'
import { Refusal } from '#resource/definition.ts'
import { HTTPBadRequest } from '#resource/errors.ts'
import { compileType } from '#resource/types.ts'

const toLimit = compileType({ integer: { min: -1 } })

/** `names`: what is under quota. @throws HTTPBadRequest, InvalidInput */
export function readLimits(values: JsonObject, names: readonly string[]): { [resource: string]: number } {
  const unknown = Object.keys(values).filter((name) => !names.includes(name))
  if (unknown.length > 0) throw HTTPBadRequest({ message: `Unrecognized attribute(s) '${unknown.join(', ')}'` })
  const limits: { [resource: string]: number } = {}
  for (const [name, value] of Object.entries(values)) {
    try {
      limits[name] = toLimit(value) as number
    } catch (error) {
      if (error instanceof WireError || !(error instanceof Refusal)) throw error
      throw HTTPBadRequest({ message: `Invalid input for ${name}. Reason: ${error.message}.` })
    }
  }
  return limits
}
