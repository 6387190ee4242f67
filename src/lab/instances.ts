/**
 * Lab instances: what a hypervisor does for a virtual machine, for a network namespace with a real DHCP client. The
 * port comes from the API, bound to this host; its device is an internal port of the integration bridge with the
 * external_ids Nova sets. Every call can be killed at any point; the next one for the same name puts things right.
 * Source: Nova's os-vif plug for Open vSwitch (iface-id, iface-status, attached-mac, vm-uuid).
 */
import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { OperatingError } from '#base/errors.ts'
import type { JsonObject } from '#base/json.ts'
import { sleep } from '#base/lifetime.ts'
import { CommandError, type CommandOptions, run } from '#linux/command.ts'
import { readLinks } from '#linux/netlink.ts'
import { deleteDevices, moveDevices } from '#linux/netlink-move.ts'
import { netns, netnsExists, removeNetns, rootNetns } from '#linux/netns.ts'
import { createNetns } from '#linux/netns-create.ts'
import type { ApiClient } from './api-client.ts'
import { startDhcpClient, stopDhcpClient } from './dhcp-client.ts'
import { type Instance, type InstanceRecord, isInstanceName, Records } from './record.ts'

export interface Lab {
  /** `STATE/instances` */
  readonly directory: string
  /** Of an administrator: it binds ports and makes them for other projects. */
  readonly api: ApiClient
  /** This host's name, as its agents report it. */
  readonly host: string
  /** `ovsdb_connection` */
  readonly ovsdb: string
  readonly integrationBridge: string
}

export interface BootOptions {
  readonly name: string
  /** Id or name. */
  readonly network: string
  /** Ids or names; absent: the project's default group. */
  readonly securityGroups?: readonly string[]
  /** Absent: the network's. */
  readonly projectId?: string
  readonly fixedIp?: string
  readonly userData?: string
  readonly keys?: { readonly [name: string]: string }
}

const COMMAND_MS_MAX = 30_000
const DEVICE_MS_MAX = 10_000
const ACTIVE_MS_MAX = 10_000

/**
 * Boots it and waits for its lease, for as long as the client's first tries last (some ten seconds); `lease` is null
 * when there was no answer. An instance that is there already is answered as it is; one whose device has gone, with an
 * Open vSwitch that was started anew, gets it back.
 * @throws OperatingError, ApiError
 */
export async function bootInstance(lab: Lab, options: BootOptions): Promise<Instance> {
  const { name } = options
  if (!isInstanceName(name)) throw new OperatingError(`${name}: a name has 1 to 63 letters, digits and dashes`)
  const records = new Records(lab.directory)
  const old = records.find(name)
  if (old?.status === 'active' && netnsExists(old.netns)) {
    if (!isPlugged(old)) await plugAgain(lab, old)
    await startDhcpClient({ netns: netns(old.netns), device: old.device, directory: old.directory, hostname: name })
    return records.find(name)!
  }
  if (old) await deleteInstance(lab, name)
  if (!records.claim(newRecord(options))) throw new OperatingError(`instance ${name} is being booted`)
  try {
    await build(lab, records, options)
  } catch (error) {
    await deleteInstance(lab, name).catch(() => {}) // what cannot be undone now is undone by the next call
    throw error
  }
  return records.find(name)!
}

export async function listInstances({ directory }: Pick<Lab, 'directory'>): Promise<Instance[]> {
  return new Records(directory).list()
}

/** Runs a program in the instance's namespace and answers what it printed. @throws CommandError */
export function runInInstance(
  lab: Pick<Lab, 'directory'>,
  name: string,
  argv: readonly string[],
  options: CommandOptions,
): Promise<string> {
  return netns(instanceOf(lab, name).netns).run(argv, options)
}

/** This process becomes the program in the instance's namespace: its terminal, its exit status. Does not return. */
export function execInInstance(lab: Pick<Lab, 'directory'>, name: string, argv: readonly string[]): never {
  const { path } = netns(instanceOf(lab, name).netns)
  process.execve!(
    '/usr/bin/nsenter',
    ['nsenter', `--net=${path}`, '--', ...argv],
    process.env as Record<string, string>,
  )
  throw new OperatingError('nsenter cannot be run')
}

/** Removes the client, the device, the namespace, the port and at last the record. Gone already is fine. */
export async function deleteInstance(lab: Lab, name: string): Promise<void> {
  const records = new Records(lab.directory)
  const instance = records.find(name)
  if (!instance) return records.remove(name)
  if (instance.status === 'building' && instance.builder !== process.pid && isRunning(instance.builder)) {
    throw new OperatingError(`instance ${name} is being booted by process ${instance.builder}`)
  }
  records.write({ ...instance, status: 'deleting', builder: process.pid })
  await stopDhcpClient(instance.directory)
  if (instance.device !== '') await vsctl(lab, ['--if-exists', 'del-port', lab.integrationBridge, instance.device])
  await killInside(instance.netns)
  await removeNetns(instance.netns)
  for (const { id } of await lab.api.list('ports', { device_id: instance.id }))
    await lab.api.remove('ports', String(id))
  records.remove(name)
}

function instanceOf({ directory }: Pick<Lab, 'directory'>, name: string): Instance {
  const instance = new Records(directory).find(name)
  if (!instance) throw new OperatingError(`there is no instance ${name}`)
  return instance
}

function newRecord({ name, userData, keys }: BootOptions): InstanceRecord {
  const id = randomUUID()
  return {
    name,
    id,
    status: 'building',
    builder: process.pid,
    netns: `instance-${id}`,
    project_id: '',
    network_id: '',
    port_id: '',
    mac: '',
    mtu: 0,
    device: '',
    fixed_ips: [],
    security_groups: [],
    user_data: userData ?? null,
    keys: keys ?? {},
    created_at: new Date().toISOString(),
  }
}

async function build(lab: Lab, records: Records, options: BootOptions): Promise<void> {
  const record = records.find(options.name)!
  const network = await resolve(lab.api, 'networks', options.network)
  const port = await createPort(lab, record, network, options)
  const built: InstanceRecord = {
    ...record,
    project_id: String(port.project_id),
    network_id: String(network.id),
    port_id: String(port.id),
    mac: String(port.mac_address),
    mtu: Number(network.mtu ?? 1500),
    device: `tap${String(port.id).slice(0, 11)}`,
    fixed_ips: (port.fixed_ips as unknown as { ip_address: string }[]).map(({ ip_address }) => ip_address),
    security_groups: await groupNames(lab.api, port),
  }
  records.write(built)
  await plug(lab, built)
  await becomesActive(lab.api, built.port_id)
  records.write({ ...built, status: 'active' })
  const directory = records.directoryOf(built.name)
  await startDhcpClient({ netns: netns(built.netns), device: built.device, directory, hostname: built.name })
}

async function createPort(lab: Lab, { id, name }: InstanceRecord, network: JsonObject, options: BootOptions) {
  const { securityGroups, projectId = String(network.project_id), fixedIp } = options
  const groups = securityGroups?.map(async (group) => {
    const query = { project_id: projectId }
    return String((await resolve(lab.api, 'security-groups', group, query)).id)
  })
  const port = await lab.api.create('ports', {
    name,
    network_id: String(network.id),
    project_id: projectId,
    device_id: id,
    device_owner: 'compute:nova',
    'binding:host_id': lab.host,
    ...(groups && { security_groups: await Promise.all(groups) }),
    ...(fixedIp && { fixed_ips: [{ ip_address: fixedIp }] }),
  })
  if (port['binding:vif_type'] !== 'ovs') {
    throw new OperatingError(`port ${port.id} cannot be bound to ${lab.host}: vif_type ${port['binding:vif_type']}`)
  }
  return port
}

/** By id or, if it is the only one of that name, by name. */
async function resolve(api: ApiClient, collection: string, wanted: string, query = {}): Promise<JsonObject> {
  const [byId, byName] = [
    await api.list(collection, { id: wanted }),
    await api.list(collection, { ...query, name: wanted }),
  ]
  const found = byId.length > 0 ? byId : byName
  if (found.length !== 1) throw new OperatingError(`${found.length} ${collection} are called ${wanted}`)
  return found[0]!
}

async function groupNames(api: ApiClient, port: JsonObject): Promise<string[]> {
  const ids = (port.security_groups ?? []) as readonly string[]
  const groups = await Promise.all(ids.map((id) => api.find('security-groups', id)))
  return groups.flatMap((group) => (group ? [String(group.name)] : []))
}

/** As os-vif does, but that the device ends in a namespace instead of a virtual machine. */
async function plug(lab: Lab, { id, netns: name, device, port_id, mac, mtu }: InstanceRecord): Promise<void> {
  createNetns(name)
  const ids = { 'iface-id': port_id, 'iface-status': 'active', 'attached-mac': mac, 'vm-id': id, 'vm-uuid': id }
  const values = Object.entries(ids).map(([key, value]) => `external_ids:${key}="${value}"`)
  const add = ['--may-exist', 'add-port', lab.integrationBridge, device]
  await vsctl(lab, [...add, '--', 'set', 'Interface', device, 'type=internal', ...values])
  await appears(device)
  await deleteDevices(netns(name), [device])
  await moveDevices(rootNetns, [{ device, to: netns(name), mac, mtu }])
}

/** A tap whose Open vSwitch has ended stays where it is, without a carrier. */
function isPlugged({ netns: name, device }: InstanceRecord): boolean {
  const link = readLinks(netns(name)).find((each) => each.name === device)
  return link !== undefined && (link.carrier || !link.up)
}

/** The client goes with its device. */
async function plugAgain(lab: Lab, instance: Instance): Promise<void> {
  const { device, port_id, directory } = instance
  await stopDhcpClient(directory)
  if (!isHere(device)) await vsctl(lab, ['--if-exists', 'del-port', lab.integrationBridge, device])
  await plug(lab, instance)
  await becomesActive(lab.api, port_id)
}

/** As Nova waits for a port's wiring before it starts a machine; a port that does not get there is started anyway. */
async function becomesActive(api: ApiClient, portId: string): Promise<void> {
  for (let waitedMs = 0; waitedMs < ACTIVE_MS_MAX; waitedMs += 25) {
    const port = await api.find('ports', portId)
    if (!port || port.status === 'ACTIVE' || port.admin_state_up === false) return
    await sleep(25)
  }
}

async function appears(device: string): Promise<void> {
  for (let waitedMs = 0; waitedMs < DEVICE_MS_MAX; waitedMs += 20) {
    if (isHere(device)) return
    await sleep(20)
  }
  throw new OperatingError(`Open vSwitch did not make the device ${device}`)
}

function isHere(device: string): boolean {
  return readLinks(rootNetns).some(({ name }) => name === device)
}

async function vsctl({ ovsdb }: Lab, args: readonly string[]): Promise<void> {
  await run(['ovs-vsctl', `--db=${ovsdb}`, '--timeout=10', '--', ...args], { timeoutMs: COMMAND_MS_MAX })
}

function isRunning(pid: number): boolean {
  return existsSync(`/proc/${pid}`)
}

/** What still runs in it would keep the namespace alive. */
async function killInside(name: string): Promise<void> {
  if (!netnsExists(name)) return
  const pids = await run(['ip', 'netns', 'pids', name], { timeoutMs: COMMAND_MS_MAX }).catch((error: unknown) => {
    if (error instanceof CommandError && !netnsExists(name)) return ''
    throw error
  })
  for (const pid of pids.split('\n').map(Number)) {
    if (pid <= 1 || pid === process.pid) continue
    try {
      process.kill(pid, 'SIGKILL')
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
    }
  }
}
