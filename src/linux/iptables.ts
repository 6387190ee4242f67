/**
 * iptables, read back and changed all or nothing: the difference between what is wanted and what is there is rendered
 * as `iptables-restore --noflush` input and each table is swapped in by one commit: no packet meets half a rule set.
 * Chains of others, and others' rules in the built-in chains, are left alone. Rules are compared as text, so they are
 * written as `iptables-save` prints them. Source: iptables-restore(8), iptables-save(8), iptables-extensions(8).
 */
import type { Netns } from './netns.ts'

export const TABLE_NAMES = ['raw', 'mangle', 'nat', 'filter'] as const
export type TableName = (typeof TABLE_NAMES)[number]

/** Rules by chain, in order, each as it follows `-A CHAIN`. */
export type Chains = { readonly [chain: string]: readonly string[] }
export type Tables = { readonly [Table in TableName]?: Chains }

/** Which chains belong to whoever writes: those with the prefix whole; of all others, the rules that jump to these. */
export interface Owner {
  readonly prefix: string
  /** Chains that several writers make and add to (`neutron-filter-top`); never emptied, never removed. */
  readonly shared: readonly string[]
}

export interface IptablesOptions {
  readonly version?: 4 | 6
  readonly signal?: AbortSignal
}

const TIMEOUT_MS = 30_000
/** How long iptables waits for another program that holds its lock. */
const LOCK_SECONDS = '10'

/** Pure. What `iptables-save` printed, every chain of every table. */
export function parseSave(text: string): Tables {
  const tables: { [Table in TableName]?: { [chain: string]: string[] } } = {}
  let chains: { [chain: string]: string[] } = {}
  for (const line of text.split('\n')) {
    if (line.startsWith('*')) {
      chains = {}
      tables[line.slice(1) as TableName] = chains
    } else if (line.startsWith(':')) {
      chains[line.slice(1, line.indexOf(' '))] ??= []
    } else if (line.startsWith('-A ')) {
      const end = line.indexOf(' ', 3)
      const chain = end < 0 ? line.slice(3) : line.slice(3, end)
      chains[chain] ??= []
      chains[chain].push(end < 0 ? '' : line.slice(end + 1).trim())
    }
  }
  return tables
}

/** Pure. The part of a rule set that is the owner's; tables and foreign chains without any of it are left out. */
export function owned(tables: Tables, owner: Owner): Tables {
  const kept: { [Table in TableName]?: { [chain: string]: readonly string[] } } = {}
  for (const name of TABLE_NAMES) {
    const chains = Object.entries(tables[name] ?? {}).flatMap(([chain, rules]): [string, readonly string[]][] => {
      if (chain.startsWith(owner.prefix)) return [[chain, rules]]
      const ours = rules.filter((rule) => jumpsTo(rule, owner))
      return ours.length > 0 ? [[chain, ours]] : []
    })
    if (chains.length > 0) kept[name] = Object.fromEntries(chains)
  }
  return kept
}

function jumpsTo(rule: string, { prefix, shared }: Owner): boolean {
  const unquoted = rule.replaceAll(/"(?:[^"\\]|\\.)*"/g, '""') // a comment may look like a jump
  const target = /(?:^| )-[jg] (\S+)/.exec(unquoted)?.[1] ?? ''
  return target.startsWith(prefix) || shared.includes(target)
}

/**
 * Pure. `iptables-restore --noflush` input that turns `have` (a whole rule set) into one whose owned part is `want`;
 * empty when nothing is to be done. A table that `want` does not name is left alone.
 */
export function renderChange(want: Tables, have: Tables, owner: Owner): string {
  return TABLE_NAMES.map((name) => {
    const lines = tableLines(want[name], have[name] ?? {}, owner)
    return lines.length === 0 ? '' : `*${name}\n${lines.join('\n')}\nCOMMIT\n`
  }).join('')
}

function tableLines(want: Chains | undefined, have: Chains, owner: Owner): string[] {
  if (!want) return []
  const isOwn = (chain: string) => chain.startsWith(owner.prefix)
  const names = [...new Set([...Object.keys(want), ...Object.keys(have)])].sort()
  const declare: string[] = []
  const cut: string[] = []
  const add: string[] = []
  const drop: string[] = []
  for (const chain of names) {
    const wanted = want[chain] ?? []
    const present = isOwn(chain) ? have[chain] : have[chain]?.filter((rule) => jumpsTo(rule, owner))
    if (isOwn(chain) && !(chain in want)) {
      declare.push(`:${chain} - [0:0]`) // emptied first: no rule of it may hold another chain that goes too
      drop.push(`-X ${chain}`)
    } else if (present === undefined || !equalRules(present, wanted)) {
      if (isOwn(chain) || (present === undefined && owner.shared.includes(chain))) declare.push(`:${chain} - [0:0]`)
      else cut.push(...(present ?? []).map((rule) => `-D ${chain} ${rule}`))
      add.push(...wanted.map((rule) => `-A ${chain} ${rule}`.trim()))
    }
  }
  return [...declare, ...cut, ...add, ...drop]
}

function equalRules(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((rule, index) => rule === b[index])
}

/** Every table of the namespace. One process. @throws CommandError */
export async function readTables(netns: Netns, { version = 4, signal }: IptablesOptions = {}): Promise<Tables> {
  const program = version === 4 ? 'iptables-save' : 'ip6tables-save'
  return parseSave(await netns.run([program], { timeoutMs: TIMEOUT_MS, ...(signal && { signal }) }))
}

/**
 * Makes the owned part of the namespace's tables be `want`. Idempotent: what is as wanted is not touched. `have`: the
 * tables as somebody has read them a moment ago and nobody has changed them since; not given, they are read.
 * @throws CommandError when the kernel refuses a rule; the table it stands in has not changed then.
 */
export async function applyTables(
  netns: Netns,
  want: Tables,
  owner: Owner,
  options: IptablesOptions & { readonly have?: Tables } = {},
): Promise<void> {
  const { version = 4, signal } = options
  const input = renderChange(want, options.have ?? (await readTables(netns, options)), owner)
  if (input === '') return
  const program = version === 4 ? 'iptables-restore' : 'ip6tables-restore'
  const argv = [program, '--noflush', '--wait', LOCK_SECONDS]
  await netns.run(argv, { input, timeoutMs: TIMEOUT_MS, ...(signal && { signal }) })
}
