/**
 * `binding` as data: where a port is plugged, and how. Source: Networking API v2.0, "Port binding extended attributes".
 */
import type { Json } from '#base/json.ts'
import { isJsonObject } from '#base/json.ts'
import { defineExtension, Refusal } from '#resource/definition.ts'
import { InvalidInput } from '#resource/errors.ts'
import { said } from '#resource/types.ts'

export const VNIC_TYPES = [
  'normal',
  'direct',
  'macvtap',
  'baremetal',
  'direct-physical',
  'virtio-forwarder',
  'smart-nic',
  'vdpa',
  'accelerator-direct',
  'accelerator-direct-physical',
  'remote-managed',
]

const HOST_MAX = 255

export default defineExtension({
  alias: 'binding',
  name: 'Port Binding',
  description: 'Expose port bindings of a virtual port to external application',
  updated: '2014-02-03T10:00:00-00:00',
  requires: ['port'],

  extends: {
    port: {
      'binding:vif_type': { type: 'any', policy: 'enforce' },
      'binding:vif_details': { type: 'any', policy: 'enforce' },
      'binding:vnic_type': {
        type: { values: VNIC_TYPES },
        allow: 'post put',
        default: 'normal',
        policy: 'enforce',
      },
      'binding:host_id': {
        type: { check: hostId },
        allow: 'post put',
        optional: true,
        query: 'filter',
        policy: 'enforce',
        help: 'Naming a host binds the port to it; an empty name unbinds it.',
      },
      'binding:profile': {
        type: { check: profile },
        allow: 'post put',
        optional: true,
        policy: 'enforce',
        help: 'For whoever plugs the port; at most 4095 bytes of JSON.',
      },
    },
  },
})

const PROFILE_BYTES_MAX = 4095

/** @throws InvalidInput */
export function refuseLargeProfile(profile: unknown): void {
  if (Buffer.byteLength(JSON.stringify(profile)) > PROFILE_BYTES_MAX) {
    throw InvalidInput({ error_message: 'binding:profile value too large' })
  }
}

/** Null unbinds, as the empty name does. */
function hostId(value: Json): Json {
  if (value === null) return ''
  if (typeof value !== 'string') throw new Refusal(`'${said(value)}' is not a valid string`)
  if (value.length > HOST_MAX) throw new Refusal(`'${value}' exceeds maximum length of ${HOST_MAX}`)
  return value
}

/** Null clears it. */
function profile(value: Json): Json {
  if (value === null) return {}
  if (!isJsonObject(value)) throw new Refusal(`'${said(value)}' is not a dictionary`)
  return value
}
