/**
 * A host for tests of the Open vSwitch agent: a real Open vSwitch, the real agent, instances as namespaces, and a small
 * server that answers over the in-process bus from plain objects. What the real server answers is tested where it
 * lives.
 */

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { setTimeout as pause } from 'node:timers/promises'
import { startOpenvswitchAgent } from '#agents/l2/agent.ts'
import { agent, ovs as ovsOptions, securitygroup } from '#agents/l2/options.ts'
import type { RunningAgent } from '#agents/runtime/agent.ts'
import { type Device, openvswitchInterfaceDriver } from '#agents/runtime/interface.ts'
import { systemClock } from '#base/clock.ts'
import type { Json, JsonObject } from '#base/json.ts'
import { type Log, silentLog } from '#base/log.ts'
import { agentCommon, common } from '#config/common.ts'
import { configOf } from '#config/config.ts'
import type { Config } from '#config/options.ts'
import { netns } from '#linux/netns.ts'
import { createNetns } from '#linux/netns-create.ts'
import type { DeviceDetails, SecurityDevice, SecurityGroupInfo, SecurityRule } from '#rpc/contract/l2.ts'
import { securityGroupUpdate } from '#rpc/contract/l2.ts'
import type { Message, Transport } from '#rpc/rpc.ts'
import { inProcessTransport } from '#rpc/transports/in-process.ts'
import type { TemporaryOvs } from './ovs.ts'

export interface FakePort {
  readonly details: DeviceDetails
  readonly groups: readonly string[]
}

/** What the server knows; tests change it and say so. */
export class FakeServer {
  readonly ports = new Map<string, FakePort>()
  readonly rules = new Map<string, SecurityRule[]>()
  readonly addressGroups = new Map<string, string[]>()
  readonly tunnels: JsonObject[] = []
  readonly calls: string[] = []
  readonly up = new Set<string>()
  readonly downs: string[] = []
  readonly transport: Transport = inProcessTransport({ log: silentLog })

  async start(): Promise<void> {
    const dispatch = async (message: Message): Promise<Json> => this.#answer(message)
    await this.transport.serve('q-plugin', 'server', dispatch)
    await this.transport.serve('q-reports-plugin', 'server', async () => 'new')
  }

  async rulesChanged(groups: readonly string[], kind: 'rule' | 'member' = 'rule'): Promise<void> {
    const method = `security_groups_${kind}_updated`
    const message = { method, args: { security_groups: groups }, version: '1.1', context: {} }
    await this.transport.cast({ topic: securityGroupUpdate.topic, fanout: true }, message)
  }

  async cast(topic: string, method: string, args: JsonObject): Promise<void> {
    await this.transport.cast({ topic, fanout: true }, { method, args, version: '1.0', context: {} })
  }

  #answer({ method, args }: Message): Json {
    this.calls.push(method)
    const devices = (args.devices ?? []) as string[]
    switch (method) {
      case 'get_devices_details_list_and_failed_devices':
        return {
          devices: devices.map((device) => this.ports.get(device)?.details ?? { device }),
          failed_devices: [],
        } as never
      case 'security_group_info_for_devices':
        return this.#securityInfo(devices) as never
      case 'tunnel_sync':
        return { tunnels: this.tunnels }
      case 'update_device_list': {
        for (const id of args.devices_up as string[]) this.up.add(id)
        for (const id of args.devices_down as string[]) this.up.delete(id)
        this.downs.push(...(args.devices_down as string[]))
        return { devices_up: args.devices_up!, failed_devices_up: [], devices_down: [], failed_devices_down: [] }
      }
      default:
        throw new Error(`not answered in this test: ${method}`)
    }
  }

  #securityInfo(devices: readonly string[]): SecurityGroupInfo {
    const known = devices.flatMap((id) => (this.ports.has(id) ? [[id, this.ports.get(id)!] as const] : []))
    const filtered = known.filter(([, { details }]) => !details.device_owner?.startsWith('network:'))
    const groups = new Set(filtered.flatMap(([, port]) => port.groups))
    const members = (group: string, version: 4 | 6) =>
      [...this.ports.values()]
        .filter((port) => port.groups.includes(group))
        .flatMap(({ details }) =>
          details.fixed_ips!.map(({ ip_address }) => [ip_address, details.mac_address!] as const),
        )
        .filter(([ip]) => ip.includes(':') === (version === 6))
    const rules = [...groups].flatMap((id) => this.rules.get(id) ?? [])
    const remote = rules.flatMap((rule) => rule.remote_group_id ?? [])
    const addresses = (id: string, version: 4 | 6) =>
      (this.addressGroups.get(id) ?? [])
        .filter((ip) => ip.includes(':') === (version === 6))
        .map((ip) => [ip, null] as const)
    return {
      devices: Object.fromEntries(
        filtered.map(([id, { details, groups: own }]) => [
          id,
          {
            ...details,
            security_groups: own,
            security_group_source_groups: remote,
          } as unknown as SecurityDevice,
        ]),
      ),
      security_groups: Object.fromEntries([...groups].map((id) => [id, this.rules.get(id) ?? []])),
      sg_member_ips: Object.fromEntries([
        ...[...new Set(remote)].map((id) => [id, { IPv4: members(id, 4), IPv6: members(id, 6) }] as const),
        ...rules
          .flatMap((rule) => rule.remote_address_group_id ?? [])
          .map((id) => [id, { IPv4: addresses(id, 4), IPv6: addresses(id, 6) }] as const),
      ]),
    }
  }
}

export interface Instance {
  readonly id: string
  readonly ip: string
  readonly mac: string
  readonly name: string
}

export interface Network {
  readonly id: string
  readonly network_type: string
  readonly physical_network?: string
  readonly segmentation_id?: number
}

/** What an agent complains of is seen with the test. */
const consoleLog: Log = { ...silentLog, warn: console.warn, error: console.error, child: () => consoleLog }

/** An agent's options for that Open vSwitch. */
export function agentConfig(
  ovs: Pick<TemporaryOvs, 'connection'>,
  given: { readonly [section: string]: { readonly [name: string]: unknown } } = {},
) {
  const values = {
    ...given,
    DEFAULT: { host: 'host-1', ...given.DEFAULT },
    ovs: { ovsdb_connection: ovs.connection, datapath_type: 'netdev', ...given.ovs },
  }
  return configOf(values, [common, agentCommon, ovsOptions, agent, securitygroup])
}

export async function startAgent(
  server: FakeServer,
  config: Config,
  log: Log = consoleLog,
): Promise<RunningAgent & AsyncDisposable> {
  const agent = await startOpenvswitchAgent({ config, transport: server.transport, log, clock: systemClock })
  return {
    synced: () => agent.synced(),
    close: () => agent.close(),
    get stepsTaken() {
      return agent.stepsTaken
    },
    [Symbol.asyncDispose]: () => agent.close(),
  }
}

export function instance(n: number, groups: readonly string[], network: Network, server: FakeServer): Instance {
  const id = `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`
  const mac = `fa:16:3e:00:${Math.floor(n / 256)
    .toString(16)
    .padStart(2, '0')}:${(n % 256).toString(16).padStart(2, '0')}`
  const ip = `10.0.0.${n}`
  const { id: network_id, network_type, physical_network = null, segmentation_id = null } = network
  const details = {
    device: id,
    port_id: id,
    network_id,
    network_type,
    physical_network,
    segmentation_id,
    mac_address: mac,
    admin_state_up: true,
    fixed_ips: [{ subnet_id: 's', ip_address: ip }],
    device_owner: 'compute:nova',
    mtu: 1500,
  }
  server.ports.set(id, { details, groups })
  return { id, ip, mac, name: `tap${n}` }
}

/** Plugs instances as a hypervisor would, each into a namespace of its name, and gives them their addresses. */
export async function plug(ovs: TemporaryOvs, instances: readonly Instance[], signal: AbortSignal): Promise<void> {
  const driver = openvswitchInterfaceDriver({ ovsdb: ovs.ovsdb, integrationBridge: 'br-int', datapathType: 'netdev' })
  for (const { name } of instances) createNetns(name)
  const devices = instances.map(({ id, mac, name }): Device => ({ name, port_id: id, mac, netns: name, mtu: 1500 }))
  await driver.plug(devices, signal)
  for (const { name, ip } of instances)
    await inside(name, ['ip', 'address', 'replace', `${ip}/24`, 'dev', name], signal)
}

export function inside(name: string, argv: readonly string[], signal: AbortSignal): Promise<string> {
  return netns(name).run(argv, { timeoutMs: 20_000, signal })
}

/** A program that runs in an instance until the test ends it. */
export function started(where: Instance, argv: readonly string[]) {
  const child = spawn('nsenter', [`--net=/run/netns/${where.name}`, '--', ...argv], {
    stdio: ['pipe', 'pipe', 'ignore'],
    detached: true, // a group of its own: what it has forked ends with it
  })
  let output = ''
  child.stdout.on('data', (piece: Buffer) => {
    output += piece.toString()
  })
  return {
    child,
    output: () => output,
    [Symbol.dispose]: () => {
      process.kill(-child.pid!, 'SIGKILL')
      child.stdout.destroy()
    },
  }
}

/** Whether one ping is answered. */
export async function pings(from: Instance, to: { readonly ip: string }, signal: AbortSignal): Promise<boolean> {
  return await inside(from.name, ['ping', '-c', '1', '-W', '1', to.ip], signal).then(
    () => true,
    () => false,
  )
}

/** Waits until it holds; ten seconds at most. */
export async function eventually(holds: () => boolean | Promise<boolean>, what: string): Promise<void> {
  for (const end = Date.now() + 10_000; Date.now() < end; ) {
    if (await holds()) return
    await pause(10)
  }
  assert.fail(`never happened: ${what}`)
}
