/** What the demo builds and how it looks at it: through the API as two projects, and from inside namespaces. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import type { JsonObject } from '#base/json.ts'
import { sleep } from '#base/lifetime.ts'
import { ADMIN_CLOUD, MEMBER_CLOUD } from '#identity/clouds-yaml.ts'
import { type ApiClient, openClient } from '#lab/api-client.ts'
import { bootInstance, deleteInstance, type Lab, listInstances } from '#lab/instances.ts'
import type { Instance } from '#lab/record.ts'
import { CommandError } from '#linux/command.ts'
import { type Netns, netns } from '#linux/netns.ts'
import { drawPicture, type Picture } from './demo-picture.ts'
import { labOf } from './instance.ts'
import type { Up } from './up.ts'

const LEASE_MS_MAX = 20_000
const ANSWER_MS_MAX = 10_000
const TRY_MS_MAX = 3_000
const PAUSE_MS = 100

export class DemoWorld {
  /** A member of the project `demo`, who does everything here. */
  readonly member: ApiClient
  /** An administrator, whose own project `admin` is the other one. */
  readonly admin: ApiClient
  readonly outside: Netns
  readonly lab: Lab
  readonly #state: string
  readonly #instances = new Map<string, Instance>()
  /** What was made, in order: removed the other way round. */
  readonly #made: (() => Promise<unknown>)[] = []
  drawn: Picture | null = null

  static async open(running: Up, outside: Netns): Promise<DemoWorld> {
    const admin = await openClient(running.cloudsFile, ADMIN_CLOUD)
    const member = await openClient(running.cloudsFile, MEMBER_CLOUD)
    return new DemoWorld(running, outside, admin, member)
  }

  private constructor({ one }: Up, outside: Netns, admin: ApiClient, member: ApiClient) {
    this.#state = one.state
    this.outside = outside
    this.admin = admin
    this.member = member
    this.lab = labOf(one, admin)
  }

  async create(api: ApiClient, collection: string, body: JsonObject): Promise<JsonObject & { readonly id: string }> {
    const made = (await api.create(collection, body)) as JsonObject & { readonly id: string }
    this.#made.push(() => api.remove(collection, made.id))
    return made
  }

  onRemove(run: () => Promise<unknown>): void {
    this.#made.push(run)
  }

  /** Boots it and waits until it has its lease. */
  async boot(
    name: string,
    network: string,
    api: ApiClient,
    more: { securityGroups?: string[]; userData?: string } = {},
  ) {
    await bootInstance(this.lab, { name, network, projectId: await api.projectId(), ...more })
    this.#made.push(() => deleteInstance(this.lab, name))
    const instance = await eventually(LEASE_MS_MAX, `${name} got no lease`, async () => {
      const found = (await listInstances(this.lab)).find((candidate) => candidate.name === name)
      return found?.lease ? found : null
    })
    this.#instances.set(name, instance)
    return instance
  }

  instance(name: string): Instance {
    return this.#instances.get(name)!
  }

  inside(name: string): Netns {
    return netns(this.instance(name).netns)
  }

  /** The process id of the dnsmasq that serves that network. */
  dnsmasqOf(networkId: string): number {
    return Number(readFileSync(`${this.#state}/lib/dhcp/${networkId}/pid`, 'utf8'))
  }

  /** A small web server inside, on port 80, that says whose page it is. */
  async serve(name: string): Promise<void> {
    const folder = `${this.instance(name).directory}/www`
    mkdirSync(folder, { recursive: true })
    writeFileSync(`${folder}/index.html`, `hello from ${name}\n`)
    await this.inside(name).run(['busybox', 'httpd', '-p', '80', '-h', folder], { timeoutMs: 5_000 })
  }

  picture(): string {
    return this.drawn ? drawPicture(this.drawn) : ''
  }

  async remove(): Promise<void> {
    for (const undo of this.#made.toReversed()) await undo()
    this.#made.length = 0
  }
}

/** Round-trip time of one ping, as ping prints it; waits a little for the path. @throws when it never answers. */
export async function ping(from: Netns, to: string): Promise<string> {
  const text = await eventually(ANSWER_MS_MAX, `no answer from ${to}`, () =>
    tryRun(from, ['ping', '-n', '-c1', '-W1', to]),
  )
  return `${/time=([\d.]+ ms)/.exec(text)?.[1] ?? 'answered'}`
}

/** @throws when it answers. */
export async function pingFails(from: Netns, to: string): Promise<string> {
  const text = await tryRun(from, ['ping', '-n', '-c2', '-i0.2', '-W1', to])
  if (text !== null) throw new Error(`${to} answered`)
  return 'no answer'
}

/** The page at that address. @throws when none comes. */
export function fetchPage(from: Netns, url: string): Promise<string> {
  return eventually(ANSWER_MS_MAX, `no page from ${url}`, async () => {
    const text = await tryRun(from, wget(url))
    return text === null ? null : text.trim()
  })
}

/** @throws when a page comes. */
export async function fetchFails(from: Netns, url: string): Promise<string> {
  const text = await tryRun(from, wget(url))
  if (text !== null) throw new Error(`${url} answered: ${text.trim()}`)
  return 'no connection'
}

/** Debian 12's busybox crashes with wget's `-T`; who waits for it sets the time. */
function wget(url: string): readonly string[] {
  return ['busybox', 'wget', '-q', '-O', '-', url]
}

async function tryRun(from: Netns, argv: readonly string[]): Promise<string | null> {
  try {
    return await from.run(argv, { timeoutMs: TRY_MS_MAX })
  } catch (error) {
    if (error instanceof CommandError) return null
    throw error
  }
}

export async function eventually<T>(ms: number, reason: string, look: () => Promise<T | null>): Promise<T> {
  const late = performance.now() + ms
  for (;;) {
    const found = await look()
    if (found !== null) return found
    if (performance.now() > late) throw new Error(`${reason} within ${ms / 1000} s`)
    await sleep(PAUSE_MS)
  }
}
