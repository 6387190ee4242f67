/**
 * The server, whole: database and schema, features, policy, API, bus, notifier. Told its configuration and a transport;
 * what it listens on comes from there. `neutron-server.ts` and `up.ts` start it.
 */
import { startApi } from '#api/server.ts'
import type { Clock } from '#base/clock.ts'
import type { Credentials } from '#base/credentials.ts'
import { newRequestId } from '#base/ids.ts'
import type { Closeable } from '#base/lifetime.ts'
import type { Log } from '#base/log.ts'
import { common, database } from '#config/common.ts'
import type { LoadedConfig } from '#config/config.ts'
import { ConfigError } from '#config/errors.ts'
import { identityAuthenticator, noauthAuthenticator } from '#identity/authenticator.ts'
import { identityOptions } from '#identity/options.ts'
import { startIdentity } from '#identity/server.ts'
import { startNotifier } from '#notify/agents.ts'
import { notifyOptions } from '#notify/options.ts'
import { startPruning } from '#notify/prune.ts'
import { discover, serviceNames } from '#plugin/discover.ts'
import type { PluginHost } from '#plugin/plugin.ts'
import { startPlugins } from '#plugin/start.ts'
import { loadWholeSchema } from '#plugin/whole-schema.ts'
import { createPolicy } from '#policy/policy.ts'
import type { Transport } from '#rpc/rpc.ts'
import { serveEndpoints } from '#rpc/server.ts'
import { openStore } from '#store/database.ts'
import { warmKysely } from '#store/kysely.ts'
import { migrate, SchemaRefused } from '#store/migrate.ts'
import { isContract, manageCommand, refusalOf, schemaState } from '#store/schema-state.ts'
import type { Store } from '#store/store.ts'
import { withoutPassword } from '#store/url.ts'

export interface ServerOptions {
  readonly config: LoadedConfig
  /**
   * What to do about a schema that lacks something: `upgrade` it, as one host does by itself, or `require` that
   * neutron-db-manage has.
   */
  readonly schema: 'upgrade' | 'require'
  readonly transport: Transport
  readonly log: Log
  readonly clock: Clock
}

export interface Server extends Closeable {
  /** `http://127.0.0.1:9696` */
  readonly url: string
  readonly store: Store
}

const DAY_MS = 86_400_000

/** @throws ConfigError when the configuration cannot be served, SchemaRefused when the database cannot. */
export async function startServer({ config, schema, transport, log, clock }: ServerOptions): Promise<Server> {
  const { service_plugins, host } = config.of(common)
  const closing: Closeable[] = []
  try {
    const features = await discover(serviceNames(service_plugins))
    const store = await openStore(config.of(database).connection, {
      log,
      clock,
      poolSize: config.of(database).max_pool_size,
    })
    closing.unshift(store)
    await prepareSchema(store, { config, schema, log })
    const policy = createPolicy({
      defaults: features.flatMap(({ policies }) => policies),
      extensions: features.flatMap(({ definition }) => (definition ? [definition] : [])),
      config,
      log,
      clock,
    })
    const started = await startPlugins({ features, config, store, clock, log, ask: asker(transport) })
    closing.unshift(started)
    closing.unshift(await serveEndpoints({ transport, endpoints: started.endpoints, host, log }))
    closing.unshift(await startNotifier({ store, transport, announcements: started.announcements, log }))
    const retentionMs = config.of(notifyOptions).change_log_days * DAY_MS
    closing.unshift(startPruning({ store, clock, log, retentionMs }))
    const { authenticate, authenticateUri, forget } = authentication(config, store, clock)
    const api = await startApi({ started, policy, authenticate, authenticateUri, config, log, clock })
    closing.unshift(api)
    if (config.of(identityOptions).enabled) {
      closing.unshift(await identityOf({ config, log, clock }, store, api.url, forget))
    }
    setImmediate(warmKysely)
    return { url: api.url, store, close: () => closeAll(closing) }
  } catch (error) {
    await closeAll(closing)
    throw error
  }
}

/** Questions to agents go as calls over the bus. */
function asker(transport: Transport): PluginHost['ask'] {
  return ({ topic, host, method, args, version }, timeoutMs) => {
    const context = { request_id: newRequestId(), is_admin: true }
    return transport.call({ topic, host }, { method, args, version, context }, { timeoutMs })
  }
}

async function closeAll(closing: readonly Closeable[]): Promise<void> {
  for (const part of closing) await part.close()
}

/** A schema that is not the code's own is not served over. @throws SchemaRefused saying which command mends it */
async function prepareSchema(store: Store, { config, schema, log }: Pick<ServerOptions, 'config' | 'schema' | 'log'>) {
  const whole = await loadWholeSchema()
  if (schema === 'upgrade') {
    const applied = await migrate(store, whole)
    if (applied.length > 0) log.info('schema upgraded', { migrations: applied.length })
  }
  const state = await schemaState(store, whole)
  const where = withoutPassword(config.of(database).connection)
  const refusal = refusalOf(state, where, manageCommand(config.files, 'upgrade heads'))
  if (refusal !== null) throw new SchemaRefused(refusal)
  const contract = state.missing.filter(isContract)
  if (contract.length === 0) return
  log.warn('contract migrations wait', { contract, run: manageCommand(config.files, 'upgrade --contract') })
}

interface Authentication {
  readonly authenticate: (headers: NodeJS.Dict<string | string[]>) => Promise<Credentials | null>
  readonly authenticateUri: string
  /** A token or a right was taken away: what was remembered no longer counts. */
  readonly forget: () => void
}

function authentication(config: LoadedConfig, store: Store, clock: Clock): Authentication {
  const { auth_strategy } = config.of(common)
  const { enabled, bind_host, bind_port } = config.of(identityOptions)
  const authenticateUri = `http://${bind_host}:${bind_port}`
  if (auth_strategy === 'noauth') return { authenticate: noauthAuthenticator(), authenticateUri, forget: () => {} }
  if (!enabled) {
    const reason =
      'validating tokens against a Keystone is not in this release; set [identity] enabled = true for the built-in ' +
      'identity, or auth_strategy = noauth'
    throw new ConfigError({ file: config.files.join(', '), line: null }, '[DEFAULT] auth_strategy', reason)
  }
  const byToken = identityAuthenticator({ store, clock })
  return {
    authenticate: async ({ 'x-auth-token': token }) => (typeof token === 'string' ? await byToken(token) : null),
    authenticateUri,
    forget: () => byToken.forget(),
  }
}

/** The built-in identity, in the server's database, with this server in its catalogue. */
function identityOf(
  { config, log, clock }: Pick<ServerOptions, 'config' | 'log' | 'clock'>,
  store: Store,
  url: string,
  revoked: () => void,
): Promise<Closeable> {
  const { bind_host, bind_port, region, admin_password, demo_password } = config.of(identityOptions)
  if (admin_password === null || demo_password === null) {
    const place = { file: config.files.join(', '), line: null }
    throw new ConfigError(place, '[identity] admin_password', 'it and demo_password are needed to make the first users')
  }
  return startIdentity({
    store,
    host: bind_host,
    port: bind_port,
    region,
    catalog: [{ type: 'network', name: 'neutron', url }],
    bootstrap: { adminPassword: admin_password, demoPassword: demo_password },
    log,
    clock,
    revoked,
  })
}
