/**
 * What L2 agents ask and report: devices a page at a time, tunnels, ports by filter. Every method may be called again:
 * it answers from what is committed, and a status that is right already is not written.
 * Source: reference of agents and RPC, §4 and §8.
 */
import { newRequestId } from '#base/ids.ts'
import type { Json, JsonObject } from '#base/json.ts'
import { and, isIn, type Predicate } from '#base/predicate.ts'
import { addBlocks, clearBlock, setStatus } from '#core/port/provisioning.ts'
import { ipAllocations, type Port, ports } from '#core/port/tables.ts'
import { systemContext } from '#plugin/context.ts'
import type { Operation, PluginHost } from '#plugin/plugin.ts'
import { InvalidInput } from '#resource/errors.ts'
import { type DeviceDetails, l2Plugin } from '#rpc/contract/l2.ts'
import type { Tx } from '#store/store.ts'
import { deviceDetails } from './details.ts'
import { portsOfDevices } from './devices.ts'
import { announceTunnels, syncTunnel } from './tunnels.ts'
import { announceWiring } from './wiring.ts'

/** Registers the methods and the announcements of ML2. */
export function serveL2Agents(host: PluginHost): void {
  announceWiring(host)
  announceTunnels(host)
  const { answer, store } = host
  answer(l2Plugin.topic, l2Plugin.version, {
    get_devices_details_list_and_failed_devices: async (args) =>
      asJson({ devices: await detailsOf(host, listOf(args.devices), args), failed_devices: [] }),
    get_devices_details_list: async (args) => asJson(await detailsOf(host, listOf(args.devices), args)),
    get_device_details: async (args) => asJson((await detailsOf(host, [String(args.device)], args))[0]),
    update_device_list: async (args) => {
      const [up, down] = [listOf(args.devices_up), listOf(args.devices_down)]
      await devicesUp(host, up, args)
      const devices_down = await devicesDown(host, down, args)
      return asJson({ devices_up: up, failed_devices_up: [], devices_down, failed_devices_down: [] })
    },
    update_device_up: async (args) => {
      await devicesUp(host, [String(args.device)], args)
      return null
    },
    update_device_down: async (args) => asJson((await devicesDown(host, [String(args.device)], args))[0]),
    tunnel_sync: async (args) => asJson(await store.transaction((tx) => syncTunnel(tx, args))),
    get_ports: async ({ filters }) => {
      const where = portsWhere((filters ?? {}) as JsonObject)
      return await store.read((tx) => host.resources.list(operation(tx), 'port', { where })).then(withTenant)
    },
  })
}

function operation(tx: Tx): Operation {
  return { tx, context: systemContext(newRequestId()) }
}

function asJson(value: unknown): Json {
  return value as Json
}

function listOf(value: Json | undefined): string[] {
  return Array.isArray(value) ? value.map(String) : []
}

function withTenant(rows: readonly JsonObject[]): JsonObject[] {
  return rows.map((row) => ({ ...row, tenant_id: row.project_id ?? null }))
}

/** In the order asked for. A port that its host's agent asks about is about to be wired: BUILD, or DOWN. */
async function detailsOf(
  host: PluginHost,
  devices: readonly string[],
  { host: at }: JsonObject,
): Promise<DeviceDetails[]> {
  const { found, details } = await host.store.read(async (tx) => {
    const found = await portsOfDevices(tx, devices)
    const ids = [...new Set([...found.values()].map(({ id }) => id))]
    return { found, details: await deviceDetails(tx, ids) }
  })
  const answers = devices.map((device): DeviceDetails => {
    const port = found.get(device)
    const known = port && details.get(port.id)?.details
    if (!known) return { device }
    if (isElsewhere(port, at)) return { device, no_active_binding: true }
    return { ...known, device }
  })
  const asked = [...found.values()].filter((port) => details.get(port.id)?.details && isHere(port, at))
  await aboutToBeWired(host, asked)
  return answers
}

/** An instance's port that moved: the host it left must not wire it. */
function isElsewhere(port: Port, at: Json | undefined): boolean {
  return port.device_owner.startsWith('compute:') && !isHere(port, at)
}

function isHere(port: Port, at: Json | undefined): boolean {
  return at === undefined || at === null || port['binding:host_id'] === at
}

/** Status of a port that an agent begins to work on. One that is ACTIVE stays so: a restarted agent changes nothing. */
function statusAsked({ admin_state_up, status }: Port): 'BUILD' | 'DOWN' | null {
  if (!admin_state_up) return status === 'DOWN' ? null : 'DOWN'
  return status === 'ACTIVE' || status === 'BUILD' ? null : 'BUILD'
}

async function aboutToBeWired({ store, resources }: PluginHost, asked: readonly Port[]): Promise<void> {
  const changing = asked.filter((port) => statusAsked(port) !== null).map(({ id }) => id)
  if (changing.length === 0) return
  await store.transaction(async (tx) => {
    const now = await tx.list(ports, { id: changing })
    for (const status of ['BUILD', 'DOWN'] as const) {
      const ids = now.filter((port) => statusAsked(port) === status).map(({ id }) => id)
      await setStatus(operation(tx), resources, ids, status)
    }
  })
}

/** The L2 agent has wired them: one block less for each that is bound there. */
async function devicesUp({ store, resources }: PluginHost, devices: readonly string[], { host: at }: JsonObject) {
  if (devices.length === 0) return
  await store.transaction(async (tx) => {
    const here = [...(await portsOfDevices(tx, devices)).values()].filter((port) => isHere(port, at))
    const waiting = here.filter(({ status }) => status !== 'ACTIVE').map(({ id }) => id)
    await clearBlock(operation(tx), resources, waiting, 'L2')
  })
}

async function devicesDown(
  { store, resources }: PluginHost,
  devices: readonly string[],
  { host: at }: JsonObject,
): Promise<{ device: string; exists: boolean }[]> {
  if (devices.length === 0) return []
  return await store.transaction(async (tx) => {
    const found = await portsOfDevices(tx, devices)
    const here = [...found.values()].filter((port) => isHere(port, at))
    const falling = here.filter(({ status }) => status !== 'DOWN').map(({ id }) => id)
    await setStatus(operation(tx), resources, falling, 'DOWN')
    // Only the agent's word makes them ACTIVE again, whoever else has something to say.
    if (falling.length > 0) await addBlocks(tx, falling, 'L2')
    return devices.map((device) => ({ device, exists: found.has(device) }))
  })
}

/**
 * The API's filters as SQL: each value a list, `fixed_ips` a dictionary of lists. Pure.
 * @throws InvalidInput for what is no column: ignoring it would answer ports nobody asked for.
 */
export function portsWhere(filters: JsonObject): Predicate {
  return and(
    ...Object.entries(filters).map(([name, values]): Predicate => {
      if (name === 'fixed_ips') {
        const wanted = Object.entries(values as JsonObject)
        const where = and(...wanted.map(([column, list]) => isIn(column, list as readonly Json[])))
        return { op: 'exists', table: ipAllocations.name, column: 'port_id', equals: 'id', where }
      }
      const column = name === 'tenant_id' ? 'project_id' : name
      if (!ports.columns.has(column)) throw InvalidInput({ error_message: `ports have no filter ${name}` })
      return isIn(column, Array.isArray(values) ? values : [values as Json])
    }),
  )
}
