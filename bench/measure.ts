/**
 * Measures scenarios and prints them: one client, then sixteen at once, over keep-alive connections. What a scenario
 * sends is made before the clock starts. Source of the references and floors: the performance page of the design.
 */
import { Connection, type Reply, type Request } from './http.ts'

export interface Scenario {
  readonly name: string
  /** How many requests one client sends, and how many sixteen send together. */
  readonly counts: { readonly one: number; readonly sixteen: number }
  /** That many requests, made now; each is sent once. */
  readonly requests: (count: number) => readonly Request[] | Promise<readonly Request[]>
  /** What upstream 2022.2 was measured at, and how many times its rate is the floor. */
  readonly reference?: Reference
}

export interface Reference {
  readonly p50Ms: number
  /** Answers a second at sixteen clients; absent: one client's. */
  readonly rate?: number
  readonly floor: number
}

export interface Row {
  readonly scenario: string
  readonly clients: number
  readonly ms: readonly number[]
  readonly rate: number
  readonly errors: readonly string[]
  readonly reference: Reference | undefined
}

const CLIENTS = 16
const WARM_UP = 5

export async function measure(url: string, headers: Headers, scenario: Scenario): Promise<readonly Row[]> {
  const { one, sixteen } = scenario.counts
  const connections = await Promise.all(Array.from({ length: CLIENTS }, () => Connection.open(url, headers)))
  try {
    const warm = Math.min(WARM_UP, one)
    const all = await scenario.requests(warm + one + sixteen)
    const [first] = connections
    await load([first!], all.slice(0, warm))
    const rows = [rowOf(scenario, 1, await load([first!], all.slice(warm, warm + one)))]
    if (sixteen > 0) rows.push(rowOf(scenario, CLIENTS, await load(connections, all.slice(warm + one))))
    return rows
  } finally {
    for (const connection of connections) connection.close()
  }
}

export type Headers = { readonly [name: string]: string }

interface Load {
  readonly ms: readonly number[]
  readonly tookMs: number
  readonly errors: readonly string[]
}

/** Each connection takes the next request when its last is answered. */
async function load(connections: readonly Connection[], requests: readonly Request[]): Promise<Load> {
  const ms: number[] = []
  const errors: string[] = []
  let next = 0
  const start = performance.now()
  await Promise.all(
    connections.map(async (connection) => {
      for (let request = requests[next++]; request; request = requests[next++]) {
        const sent = performance.now()
        const reply = await connection.send(request)
        ms.push(performance.now() - sent)
        if (reply.status >= 400) errors.push(`${reply.status} ${reply.body.slice(0, 200)}`)
      }
    }),
  )
  return { ms, tookMs: performance.now() - start, errors }
}

function rowOf({ name, reference }: Scenario, clients: number, { ms, tookMs, errors }: Load): Row {
  return {
    scenario: name,
    clients,
    ms: ms.toSorted((a, b) => a - b),
    rate: (ms.length / tookMs) * 1_000,
    errors,
    reference,
  }
}

/** Sends these one after the other; for preparing a scenario. @throws on the first that is refused */
export async function sendAll(url: string, headers: Headers, requests: readonly Request[]): Promise<readonly Reply[]> {
  const connection = await Connection.open(url, headers)
  const replies: Reply[] = []
  for (const request of requests) {
    const reply = await connection.send(request)
    if (reply.status >= 400) throw new Error(`${request.method} ${request.path}: ${reply.status} ${reply.body}`)
    replies.push(reply)
  }
  connection.close()
  return replies
}

/** The value below which that share of the sorted values lies. Pure. */
export function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}

const HEADINGS = [
  'scenario',
  'clients',
  'min',
  'p50',
  'p95',
  'p99',
  'max',
  'rate/s',
  'errors',
  'reference',
  'times',
  'floor',
  'met',
]

/** A Markdown table, times in milliseconds. Pure. */
export function renderTable(rows: readonly Row[]): string {
  return renderCells(HEADINGS, rows.map(cellsOf))
}

/** A Markdown table: the first column to the left, numbers to the right. Pure. */
export function renderCells(headings: readonly string[], lines: readonly (readonly string[])[]): string {
  const widths = headings.map((heading, column) =>
    Math.max(3, heading.length, ...lines.map((line) => line[column]!.length)),
  )
  const render = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => (column === 0 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!))).join(' | ')} |`
  const rule = `| ${widths.map((width, column) => (column === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`)).join(' | ')} |`
  return [render(headings), rule, ...lines.map(render)].join('\n')
}

function cellsOf({ scenario, clients, ms, rate, errors, reference }: Row): readonly string[] {
  const [min, max] = [ms[0] ?? Number.NaN, ms.at(-1) ?? Number.NaN]
  const latencies = [min, percentile(ms, 0.5), percentile(ms, 0.95), percentile(ms, 0.99), max].map(short)
  return [
    scenario,
    String(clients),
    ...latencies,
    short(rate),
    String(errors.length),
    ...comparedTo(clients, ms, rate, reference),
  ]
}

/** At one client latencies are compared, at sixteen rates; the floor is for rates where upstream's is known. */
function comparedTo(clients: number, ms: readonly number[], rate: number, reference: Reference | undefined): string[] {
  const { p50Ms, rate: theirs, floor } = reference ?? { p50Ms: null, floor: 0 }
  const judged = (times: number) => [`${floor}×`, times >= floor ? 'yes' : 'NO']
  if (p50Ms === null || (clients > 1 && theirs === undefined)) return ['', '', '', '']
  if (clients > 1) return [`${theirs}/s`, `${short(rate / theirs!)}×`, ...judged(rate / theirs!)]
  const times = p50Ms / percentile(ms, 0.5)
  return [`${p50Ms} ms`, `${short(times)}×`, ...(theirs === undefined ? judged(times) : ['', ''])]
}

/** Three digits. Pure. */
export function short(value: number): string {
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2)
}
