/**
 * What the model tests share: an API over every feature there is, and bounds for fast-check. Every run is seeded and
 * says its seed; by default always the same runs, for a few seconds. `MODEL_SECONDS=600` runs longer with a seed of its
 * own, `MODEL_SEED=…` repeats one.
 */
import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import type fc from 'fast-check'
import type { JsonObject } from '#base/json.ts'
import type { FreshDatabase } from '../databases.ts'
import { type Answer, startTestApi, type TestApi } from '../fakes/api.ts'
import { coreFeatures, ML2 } from '../fakes/core.ts'

const features = await coreFeatures()
export const migrations = features.flatMap((feature) => feature.migrations)

const SECONDS = 4
const RUNS = 40

const { MODEL_SECONDS, MODEL_SEED } = process.env
const seed = MODEL_SEED ? Number(MODEL_SEED) : MODEL_SECONDS ? Date.now() % 2 ** 31 : 1

/** As many runs as there is time for; a failure is shrunk only within that time too. */
export function bounds(t: TestContext): fc.Parameters<unknown> & { readonly examples?: never } {
  t.diagnostic(`seed ${seed}`)
  const seconds = MODEL_SECONDS ? Number(MODEL_SECONDS) : SECONDS
  return { seed, numRuns: MODEL_SECONDS ? 1_000_000 : RUNS, interruptAfterTimeLimit: seconds * 1_000 }
}

/** The API over that database, and how an administrator calls it. */
export class Cloud implements AsyncDisposable {
  readonly api: TestApi
  #projects = 0

  private constructor(api: TestApi) {
    this.api = api
  }

  static async over(database: FreshDatabase): Promise<Cloud> {
    return new Cloud(await startTestApi(database.store, features, ML2))
  }

  /** A name nobody else has. */
  project(): string {
    this.#projects += 1
    return `project-${this.#projects}`
  }

  call(method: string, path: string, body?: unknown, headers?: object, token = 'admin'): Promise<Answer> {
    return this.api.call(token, method, `/v2.0/${path}`, body, headers)
  }

  /** What was made. @throws when it was refused */
  async create(resource: string, values: JsonObject): Promise<JsonObject & { readonly id: string }> {
    const answer = await this.call('POST', `${resource.replaceAll('_', '-')}s`, { [resource]: values })
    assert.equal(answer.status, 201, answer.text)
    return answer.body[resource]
  }

  async list(path: string): Promise<readonly JsonObject[]> {
    const answer = await this.call('GET', path)
    assert.equal(answer.status, 200, `${path}: ${answer.text}`)
    return answer.body[path.replace(/\?.*/, '').replaceAll('-', '_')]
  }

  [Symbol.asyncDispose](): PromiseLike<void> {
    return this.api[Symbol.asyncDispose]()
  }
}

/** Status and type of a refusal. @throws when it was none */
export function refusal({ status, body, text }: Answer): string {
  assert.ok(status >= 400, `not refused: ${status} ${text}`)
  return `${status} ${body?.NeutronError?.type}`
}
