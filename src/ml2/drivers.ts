/** The mechanism drivers the configuration names, and the agents they decide by. */
import { isIn } from '#base/predicate.ts'
import { securityGroupCommon } from '#config/common.ts'
import { openvswitch } from '#ml2/mechanisms/openvswitch.ts'
import type { Operation, PluginHost, Resources } from '#plugin/plugin.ts'
import type { Binding } from './binding.ts'
import type { Agent, MechanismDriver } from './driver.ts'
import { ml2Options, ovsDriverOptions } from './options.ts'

const AGENT_FIELDS = ['agent_type', 'host', 'alive', 'configurations']

export function bindingOf(host: Pick<PluginHost, 'config' | 'resources'>): Binding {
  return { drivers: driversOf(host), agents: (op, hosts) => agentsOf(op, host.resources, hosts) }
}

function driversOf({ config }: Pick<PluginHost, 'config'>): MechanismDriver[] {
  const { vnic_type_prohibit_list, ovs_create_tap } = config.of(ovsDriverOptions)
  const all: { readonly [name: string]: MechanismDriver } = {
    openvswitch: openvswitch({
      prohibitedVnicTypes: vnic_type_prohibit_list,
      createTap: ovs_create_tap,
      portFilter: config.of(securityGroupCommon).enable_security_group,
    }),
  }
  return config.of(ml2Options).mechanism_drivers.flatMap((name) => all[name] ?? [])
}

async function agentsOf(
  op: Operation,
  resources: Resources,
  hosts: readonly string[],
): Promise<ReadonlyMap<string, readonly Agent[]>> {
  const rows = await resources.list(op, 'agent', { where: isIn('host', hosts), fields: AGENT_FIELDS })
  return Map.groupBy(rows as unknown as readonly Agent[], (agent) => agent.host)
}
