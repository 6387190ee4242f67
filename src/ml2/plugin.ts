/**
 * The core plugin `ml2`: networks get segments, ports get bound. It listens to the core resources' changes inside their
 * transactions; everything it decides is in networks.ts, segments.ts and binding.ts.
 * Source: `core_plugin = ml2`; plugins/ml2/ml2_conf.ini.
 */
import type { Json } from '#base/json.ts'
import { isIn, type Predicate } from '#base/predicate.ts'
import type { Network } from '#core/network/tables.ts'
import type { Port } from '#core/port/tables.ts'
import { mtuOptions } from '#extensions/net-mtu/options.ts'
import { loadTypes } from '#ml2/types/load.ts'
import { definePlugin, type PluginHost } from '#plugin/plugin.ts'
import { bindChanged, bindNew, forgetBindings } from './binding.ts'
import { serveBindings } from './bindings.ts'
import { bindingOf } from './drivers.ts'
import { giveNetwork, recordSegments, segmentChanged, segmentNew } from './networks.ts'
import { ml2Options } from './options.ts'
import { serveL2Agents } from './rpc.ts'
import type { Types } from './segments.ts'
import { networkSegments } from './tables.ts'

/** Attributes of networks that are looked for among all their segments. */
const CARRIED = [
  ['provider:network_type', 'network_type'],
  ['provider:physical_network', 'physical_network'],
  ['provider:segmentation_id', 'segmentation_id'],
] as const

export default definePlugin({
  api: {
    alias: 'ml2',
    name: 'Modular Layer 2',
    description: 'The core plugin.',
    updated: '2013-01-01T10:00:00-00:00',
    requires: [
      'network',
      'subnet',
      'port',
      'provider',
      'multi-provider',
      'external-net',
      'net-mtu',
      'binding',
      'binding-extended',
      'agent',
    ],
    unlisted: true,
  },
  start(host: PluginHost) {
    const types = typesOf(host)
    const binding = bindingOf(host)
    const { before, precommit } = host.events
    before<Network>('network', 'create', (creating) => segmentNew(creating, types, host.clock))
    precommit<Network>('network', 'create', recordSegments)
    before<Network>('network', 'update', (updating) => segmentChanged(updating, types))
    before<Network>('network', 'delete', giveNetwork)
    for (const [attribute, column] of CARRIED) host.filter('network', attribute, (values) => carriedBy(column, values))

    before<Port>('port', 'create', (creating) => bindNew(creating, creating.rows, binding))
    before<Port>('port', 'update', (updating) => bindChanged(updating, updating.before, updating.after, binding))
    before<Port>('port', 'delete', ({ tx, before: { id } }) => forgetBindings({ tx }, [id]))
    serveBindings(host, binding)
    serveL2Agents(host)
  },
})

function carriedBy(column: string, values: readonly Json[]): Predicate {
  return { op: 'exists', table: networkSegments.name, column: 'network_id', equals: 'id', where: isIn(column, values) }
}

/** The type drivers, set up as the configuration says. */
export function typesOf({ config, definitions }: PluginHost): Types {
  const { type_drivers, project_network_types, external_network_type } = config.of(ml2Options)
  const drivers = loadTypes(config)
  const wanted = external_network_type ? [...project_network_types, external_network_type] : project_network_types
  const missing = wanted.find((type) => !drivers.has(type))
  if (missing !== undefined) {
    throw new Error(`[ml2] type_drivers (${type_drivers.join(', ')}) lacks ${missing}, which networks are to be of`)
  }
  return {
    drivers,
    projectTypes: project_network_types,
    externalType: external_network_type || null,
    physicalMtu: config.of(mtuOptions).global_physnet_mtu,
    ranged: definitions.resources.has('network_segment_range'),
  }
}
