/** The interface driver of `interface_driver`, opened when it is first needed and again after it could not be. */
import { ovs } from '#agents/l2/options.ts'
import type { AgentHost } from '#agents/runtime/agent.ts'
import { type InterfaceDriver, openvswitchInterfaceDriver, watchSwitch } from '#agents/runtime/interface.ts'
import { OperatingError } from '#base/errors.ts'
import type { Closeable } from '#base/lifetime.ts'
import { common } from '#config/common.ts'
import { type Ovsdb, openOvsdb } from '#linux/ovsdb/ovsdb.ts'

export interface DriverSource {
  get(): Promise<InterfaceDriver>
  /** Calls `onUp` when the switch is there, and each time it was started anew. */
  watch(onUp: () => void): Closeable
  close(): Promise<void>
}

const OPENVSWITCH: readonly string[] = ['openvswitch', 'neutron.agent.linux.interface.OVSInterfaceDriver', 'ovs']

/** @throws OperatingError for a driver that there is not. */
export function openDriver({ config, log }: AgentHost): DriverSource {
  const { interface_driver } = config.of(common)
  if (!OPENVSWITCH.includes(interface_driver)) {
    throw new OperatingError(`interface_driver = ${interface_driver}: there is only ${OPENVSWITCH[0]}`)
  }
  const { ovsdb_connection, ovsdb_timeout, integration_bridge, datapath_type } = config.of(ovs)
  let opening: Promise<Ovsdb> | null = null

  return {
    async get(): Promise<InterfaceDriver> {
      opening ??= openOvsdb({ connection: ovsdb_connection, log, timeoutMs: ovsdb_timeout * 1000 })
      const ovsdb = await opening.catch((error: unknown) => {
        opening = null
        throw error
      })
      return openvswitchInterfaceDriver({
        ovsdb,
        integrationBridge: integration_bridge,
        datapathType: datapath_type === 'netdev' ? 'netdev' : 'system',
      })
    },
    watch: (onUp) => watchSwitch(ovsdb_connection, integration_bridge, onUp),
    async close() {
      await (await opening?.catch(() => null))?.close()
    },
  }
}
