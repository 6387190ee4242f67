/** The verbs that only show: `current`, `history`, `branches`, `heads`, `check_migration`, `has_offline_migrations`. */
import { orderFaults, readOrder } from '#plugin/whole-schema.ts'
import { currentOf, headsOf } from '#store/revisions.ts'
import { foreignness, isContract, listed, type SchemaState, schemaState, standingOf } from '#store/schema-state.ts'
import type { Request } from './arguments.ts'
import { Failed } from './failed.ts'
import type { Host } from './host.ts'
import { renderCurrent, renderHeads, renderHistory } from './print.ts'

export async function showCurrent(host: Host, { args }: Request): Promise<void> {
  const state = await schemaState(await host.store(), host.migrations)
  const verbose = args.verbose === true
  if (verbose) host.print(`Current revision(s) for ${host.where}:`)
  for (const entry of renderCurrent(currentOf(host.revisions, namesOf(state)), { verbose })) host.print(entry)
  for (const line of warningsOf(state)) host.tell('WARNING', line)
}

/** What the lines of `current` do not say. */
function warningsOf(state: SchemaState): readonly string[] {
  const { missing, unknown } = state
  const contract = missing.filter(isContract)
  const expand = missing.filter((name) => !isContract(name))
  const standing = standingOf(state)
  if (standing === 'foreign') return [`the database ${foreignness(state)}`]
  if (standing === 'empty') return ['the database has no schema yet']
  return [
    ...(unknown.length > 0 ? [`a newer version applied ${listed(unknown, 'migration')}`] : []),
    ...(expand.length > 0 ? [`not applied: ${listed(expand, 'migration')}`] : []),
    ...(contract.length > 0 ? [`not applied: ${listed(contract, 'contract migration')}`] : []),
  ]
}

export async function showHistory(host: Host, { args }: Request): Promise<void> {
  const applied =
    args.current === true ? namesOf(await schemaState(await host.store(), host.migrations)) : new Set<string>()
  const current = currentOf(host.revisions, applied).map(({ id }) => id)
  for (const entry of renderHistory(host.revisions, { verbose: args.verbose === true, current })) host.print(entry)
}

export async function showHeads(host: Host, { args }: Request): Promise<void> {
  for (const entry of renderHeads(headsOf(host.revisions), { verbose: args.verbose === true })) host.print(entry)
}

/** Two lines, each from the base: no revision is where they part. */
export async function showBranches(): Promise<void> {}

export async function checkMigrations(host: Host): Promise<void> {
  const faults = orderFaults(
    host.migrations.map(({ name }) => name),
    readOrder(),
  )
  if (faults.length > 0) throw new Failed(faults.join('\n'))
}

/** Answers the exit code. */
export async function hasOfflineMigrations(host: Host): Promise<number> {
  const { missing } = await schemaState(await host.store(), host.migrations)
  if (!missing.some(isContract)) {
    host.print('No offline migrations pending.')
    return 0
  }
  host.print(
    'Need to apply migrations from neutron contract branch. This will require all Neutron server instances to be ' +
      'shutdown before proceeding with the upgrade.',
  )
  return 1
}

function namesOf({ applied }: SchemaState): ReadonlySet<string> {
  return new Set(applied.map(({ name }) => name))
}
