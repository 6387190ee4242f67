/** `./neutrino instance`: lab instances on this host, of an instance of the service that runs over the same state. */
import { readFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { resolve } from 'node:path'
import { Command, type Option } from 'commander'
import { ADMIN_CLOUD, MEMBER_CLOUD } from '#identity/clouds-yaml.ts'
import { type ApiClient, openClient } from '#lab/api-client.ts'
import type { Lab } from '#lab/instances.ts'
import type { Instance } from '#lab/record.ts'
import { bridgesOf, type OneHost, readOneHost } from './one-host.ts'
import type { Terminal } from './terminal.ts'

interface BootFlags {
  readonly state: string
  readonly network: string
  readonly securityGroup: readonly string[]
  readonly userData?: string
  readonly project?: string
}

/** Loaded when one of its commands is given. */
const loadLab = () => import('#lab/instances.ts')

/** The lab over a state directory: its instances, and the API with an administrator's rights. */
export function labOf(one: OneHost, api: ApiClient): Lab {
  const { state, ovsdb } = one
  return {
    directory: `${state}/instances`,
    api,
    host: hostname(),
    ovsdb,
    integrationBridge: bridgesOf(state).integration,
  }
}

async function openLab(state: string): Promise<Lab> {
  const one = readOneHost(resolve(state))
  return labOf(one, await openClient(`${one.state}/clouds.yaml`, ADMIN_CLOUD))
}

export function instanceCommand(terminal: Terminal, stateOption: () => Option): Command {
  const command = new Command('instance').description('instances for trying things: namespaces with a real DHCP client')
  command
    .command('boot <name>')
    .description('plug an instance into a network, as a hypervisor would')
    .requiredOption('--network <network>', 'id or name')
    .option('--security-group <group>', 'id or name; may be repeated', (group, all: string[]) => [...all, group], [])
    .option('--user-data <file>', 'what the instance is told at the metadata address')
    .addOption(stateOption())
    .action((name: string, flags: BootFlags) => boot(terminal, name, flags))
  command
    .command('list')
    .description('the instances of this host')
    .addOption(stateOption())
    .action(async ({ state }: { state: string }) => {
      const { listInstances } = await loadLab()
      printInstances(terminal, await listInstances({ directory: `${resolve(state)}/instances` }))
    })
  command
    .command('exec <name> <command...>')
    .description('run a program inside: exec NAME -- COMMAND')
    .addOption(stateOption())
    .action(async (name: string, argv: readonly string[], { state }: { state: string }) => {
      const { execInInstance } = await loadLab()
      execInInstance({ directory: `${resolve(state)}/instances` }, name, argv)
    })
  command
    .command('delete <name>')
    .description('unplug it; its port goes too')
    .addOption(stateOption())
    .action(async (name: string, { state }: { state: string }) => {
      const { deleteInstance } = await loadLab()
      await deleteInstance(await openLab(state), name)
      terminal.line(`deleted ${name}`)
    })
  return command
}

async function boot(terminal: Terminal, name: string, flags: BootFlags): Promise<void> {
  const lab = await openLab(flags.state)
  const { bootInstance } = await loadLab()
  const instance = await bootInstance(lab, {
    name,
    network: flags.network,
    projectId: await projectOf(flags, lab),
    ...(flags.securityGroup.length > 0 && { securityGroups: flags.securityGroup }),
    ...(flags.userData !== undefined && { userData: readFileSync(flags.userData, 'utf8') }),
  })
  printInstances(terminal, [instance])
}

/** A member's instance on the member's own networks: the project demo, as the client's default cloud has it. */
async function projectOf({ state }: BootFlags, lab: Lab): Promise<string> {
  const { auth } = readOneHost(resolve(state))
  if (auth === 'noauth') return await lab.api.projectId()
  return await (await openClient(`${resolve(state)}/clouds.yaml`, MEMBER_CLOUD)).projectId()
}

function printInstances(terminal: Terminal, instances: readonly Instance[]): void {
  const rows = instances.map(({ name, status, fixed_ips, mac, lease }) => {
    const leased = lease ? `leased ${lease.address}/${lease.prefixLength} from ${lease.serverId}` : 'no lease yet'
    return [name, status, fixed_ips.join(','), mac, leased]
  })
  const table = [['NAME', 'STATUS', 'ADDRESSES', 'MAC', 'DHCP'], ...rows]
  const widths = table[0]!.map((_, column) => Math.max(...table.map((row) => row[column]!.length)))
  for (const row of table)
    terminal.line(
      row
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join('  ')
        .trimEnd(),
    )
}
