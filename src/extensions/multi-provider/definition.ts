/** `multi-provider` as data: the several ways one network is carried. Source: Networking API v2.0, "Multiple provider". */
import { isJsonObject, type Json } from '#base/json.ts'
import { defineExtension, Refusal } from '#resource/definition.ts'
import { HTTPBadRequest } from '#resource/errors.ts'
import { compileType, said } from '#resource/types.ts'

const KEYS = ['provider:network_type', 'provider:physical_network', 'provider:segmentation_id']
const toInteger = compileType({ integer: {}, nullable: true })

export default defineExtension({
  alias: 'multi-provider',
  name: 'Multi Provider Network',
  description: 'Expose mapping of virtual networks to multiple physical networks',
  updated: '2013-06-27T10:00:00-00:00',
  requires: ['network', 'provider'],

  extends: {
    network: {
      segments: {
        type: { check: segments },
        allow: 'post put',
        optional: true,
        policy: 'enforce',
        help: 'Shown in place of the provider attributes when the network is carried in more than one way.',
      },
    },
  },
})

function segments(value: Json): Json {
  if (!Array.isArray(value)) throw new Refusal(`'${said(value)}' is not a list`)
  return (value as readonly Json[]).map((item) => {
    if (!isJsonObject(item)) throw new Refusal(`'${said(item)}' is not a dictionary`)
    const unknown = Object.keys(item).filter((key) => !KEYS.includes(key))
    if (unknown.length > 0) throw HTTPBadRequest({ message: `Unrecognized attribute(s) '${unknown.join(', ')}'` })
    const id = item['provider:segmentation_id']
    return {
      'provider:network_type': textOf(item['provider:network_type']),
      'provider:physical_network': textOf(item['provider:physical_network']),
      'provider:segmentation_id': id === undefined || id === '' || id === 0 ? null : toInteger(id),
    }
  })
}

function textOf(value: Json | undefined): Json {
  if (value === undefined || value === null) return null
  if (typeof value !== 'string') throw new Refusal(`'${said(value)}' is not a valid string`)
  return value
}
