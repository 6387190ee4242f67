/** A question of bench/: what it asks, and how it is answered. One file each, found by its name. */
import type { Reply, Request } from './http.ts'
import { type Headers, measure, type Row, renderTable, type Scenario, sendAll } from './measure.ts'
import type { BenchServer } from './server.ts'

export interface Question {
  /** As a sentence: the title of the result. */
  readonly question: string
  /** Whether the server's callers log in; by default they need not. */
  readonly auth?: 'keystone'
  /** Answers with Markdown. */
  run(bench: Bench<BenchServer>): Promise<string>
}

/** A question of a whole host, agents and kernel included: it brings its own up, in namespaces of its own. */
export interface HostQuestion {
  readonly question: string
  readonly host: true
  run(say: (line: string) => void): Promise<string>
}

export function defineHostQuestion(question: Omit<HostQuestion, 'host'>): HostQuestion {
  return { ...question, host: true }
}

export function defineQuestion(question: Question): Question {
  return question
}

export const HEADERS: Headers = { 'X-Project-Id': 'bench', 'X-Roles': 'admin' }

/** What a question works with. */
export class Bench<S extends Pick<BenchServer, 'url'> = Pick<BenchServer, 'url'>> {
  readonly server: S
  /** A line for whoever waits. */
  readonly say: (line: string) => void

  constructor(server: S, say: (line: string) => void) {
    this.server = server
    this.say = say
  }

  /** Sends requests that are not measured. */
  send(...requests: readonly Request[]): Promise<readonly Reply[]> {
    return sendAll(this.server.url, HEADERS, requests)
  }

  /** Creates those and answers what the API shows. Bulk where it is more than one. */
  async create(resource: string, items: readonly object[]): Promise<readonly { readonly id: string }[]> {
    const created: { readonly id: string }[] = []
    for (let start = 0; start < items.length; start += BULK) {
      const body = { [`${resource}s`]: items.slice(start, start + BULK) }
      const [reply] = await this.send({ method: 'POST', path: `/v2.0/${resource.replaceAll('_', '-')}s`, body })
      created.push(...(JSON.parse(reply!.body) as { readonly [collection: string]: typeof created })[`${resource}s`]!)
    }
    return created
  }

  /** A network with one IPv4 subnet. */
  async network(name: string, cidr: string): Promise<{ readonly network_id: string; readonly subnet_id: string }> {
    const [network] = await this.create('network', [{ name }])
    const [subnet] = await this.create('subnet', [{ network_id: network!.id, ip_version: 4, cidr }])
    return { network_id: network!.id, subnet_id: subnet!.id }
  }

  /** Quotas are not what is measured. */
  async liftQuotas(): Promise<void> {
    const [reply] = await this.send({ method: 'GET', path: '/v2.0/quotas/bench' })
    const { quota: limits } = JSON.parse(reply!.body) as { readonly quota: { readonly [name: string]: unknown } }
    const numbers = Object.entries(limits).filter(([, limit]) => typeof limit === 'number')
    const quota = Object.fromEntries(numbers.map(([name]) => [name, -1]))
    await this.send({ method: 'PUT', path: '/v2.0/quotas/bench', body: { quota } })
  }

  async measure(scenarios: readonly Scenario[]): Promise<string> {
    return renderRows(await this.measureRows(scenarios))
  }

  async measureRows(scenarios: readonly Scenario[]): Promise<readonly Row[]> {
    const rows: Row[] = []
    for (const scenario of scenarios) {
      this.say(scenario.name)
      rows.push(...(await measure(this.server.url, HEADERS, scenario)))
    }
    return rows
  }
}

/** The table, and the first error of each scenario that had one. Pure. */
export function renderRows(rows: readonly Row[]): string {
  const errors = rows.flatMap(({ scenario, errors }) => (errors[0] ? [`- ${scenario}: ${errors[0]}`] : []))
  return [renderTable(rows), ...(errors.length > 0 ? ['\nFirst errors:\n', ...errors] : [])].join('\n')
}

const BULK = 500

/** The same request, many times. */
export const repeated = (path: string) => (count: number) =>
  Array.from({ length: count }, (): Request => ({ method: 'GET', path }))
