/**
 * What the command line, the environment and clouds.yaml say together: which cloud, who asks, and how to connect. Pure;
 * `clouds.ts` reads the files. What wins over what is os-client-config's: variables make one more cloud, that is used
 * when none is named; what stands below `auth` in a file wins over options.
 * Source: openstacksdk, "Configuration"; keystoneauth, "Authentication Plugins".
 */
import { isJsonObject, type Json, type JsonObject } from '#base/json.ts'
import { CliError } from '#cli/errors.ts'
import type { CloudFiles } from './clouds.ts'
import { type Config, type Environment, type Options, stringOf } from './config.ts'
import { type Credentials, credentialsOf } from './credentials.ts'

export interface Settings {
  readonly credentials: Credentials
  /** Empty: any. */
  readonly region: string
  readonly interface: string
  readonly serviceType: string
  /** Where the API is, whatever the catalogue says; null: as it says. */
  readonly endpoint: string | null
  readonly tls: TlsSettings
  /** The variables that name proxies, as they are. */
  readonly proxies: Readonly<Record<string, string>>
  /** How long a server may say nothing; null where nobody said. */
  readonly timeoutMs: number | null
  readonly retries: number
  readonly debug: boolean
}

export interface TlsSettings {
  readonly verify: boolean
  readonly caFile: string | null
  readonly certFile: string | null
  readonly keyFile: string | null
}

/** Variables that choose a cloud, and do not describe one. */
const SELECTORS = ['OS_CLOUD', 'OS_REGION_NAME', 'OS_CLIENT_CONFIG_FILE', 'OS_CLIENT_SECURE_FILE', 'OS_CLOUD_NAME']

/**
 * @param options of the command line, under their names, without those that were not given.
 * @throws CliError when the cloud or region is not known, or what the way to authenticate needs is missing.
 */
export function resolveSettings(options: Options, env: Environment, files: CloudFiles): Settings {
  const args = argumentsOf(options)
  const clouds = cloudsOf(env, files)
  const name = nameOf(args, env, clouds)
  const cloud = name === null ? {} : Object.hasOwn(clouds, name) ? clouds[name] : undefined
  if (cloud === undefined) throw new CliError(`Cloud ${name} was not found.`)
  const config: Config = { auth_type: 'password', interface: 'public', ...structuredClone(cloud) }
  config.auth = isJsonObject(config.auth) ? { ...config.auth } : {}
  const region = regionOf(name, cloud, stringOf(args.region_name))
  Object.assign(config, region.values, args, { region_name: region.name })
  const normal = expand(normalizeKeys(config))
  return {
    credentials: credentialsOf(normal),
    region: region.name,
    interface: interfaceOf(args, env, normal),
    serviceType: stringOf(normal.network_service_type) || stringOf(normal.service_type) || serviceTypeOf(env),
    endpoint: endpointOf(args, normal),
    tls: tlsOf(args, env, normal),
    proxies: proxiesOf(env),
    timeoutMs: timeoutOf(args.http_timeout, env.OS_NETWORK_TIMEOUT),
    retries: Number(args.retries ?? 0),
    debug: Number(args.verbose_level ?? 1) > 1,
  }
}

/** Options without those that are empty, and without `os_`: an `os_` one wins. */
function argumentsOf(options: Options): Config {
  const given = Object.entries(options).filter(
    (entry): entry is [string, Json] => entry[1] !== undefined && entry[1] !== null && entry[1] !== '',
  )
  const own = given.filter(([key]) => key.startsWith('os_')).map(([key, value]) => [key.slice(3), value] as const)
  const others = given.filter(([key]) => !key.startsWith('os_'))
  return Object.fromEntries([...others, ...own])
}

function cloudsOf(env: Environment, { clouds, path }: CloudFiles): Readonly<Record<string, JsonObject>> {
  const variables = Object.entries(env).filter(
    (entry): entry is [string, string] =>
      /^OS_(?!TEST|STD|LOG)/.test(entry[0]) && entry[1] !== undefined && entry[0] !== 'OS_',
  )
  const key = env.OS_CLOUD_NAME ?? 'envvars'
  if (key in clouds) {
    throw new CliError(
      `"${path}" defines a cloud named "${key}", but OS_CLOUD_NAME is also set to "${key}". Please rename either your ` +
        'environment based cloud, or one of your file-based clouds.',
    )
  }
  if (variables.every(([name]) => SELECTORS.includes(name))) return clouds
  return {
    ...clouds,
    [key]: Object.fromEntries(variables.map(([name, value]) => [name.slice(3).toLowerCase(), value])),
  }
}

/** Null: there is no cloud, options say it all. */
function nameOf(args: Config, env: Environment, clouds: Readonly<Record<string, JsonObject>>): string | null {
  const named = stringOf(args.cloud) || env.OS_CLOUD
  const names = Object.keys(clouds)
  if (named) return named
  const key = env.OS_CLOUD_NAME ?? 'envvars'
  if (key in clouds) return key
  return names.length === 1 ? names[0]! : null
}

interface Region {
  readonly name: string
  readonly values: JsonObject
}

/** The region asked for, or the cloud's first. @throws CliError when the cloud says which it has, and it is none. */
function regionOf(cloudName: string | null, cloud: JsonObject, wanted: string): Region {
  const config = normalizeKeys(cloud)
  const single = config.region_name
  const listed = Array.isArray(single) ? single : typeof single === 'string' ? single.split(',') : []
  const regions = (Array.isArray(config.regions) ? config.regions : listed).map(regionEntry)
  if (regions.length === 0 || cloudName === null) return { name: wanted, values: {} }
  if (wanted === '') return regions[0]!
  const found = regions.find(({ name }) => name === wanted)
  if (found) return found
  throw new CliError(
    `Region ${wanted} is not a valid region name for cloud ${cloudName}. Valid choices are ` +
      `${regions.map(({ name }) => name).join(',')}. Please note that region names are case sensitive.`,
  )
}

function regionEntry(entry: Json): Region {
  if (!isJsonObject(entry)) return { name: stringOf(entry), values: {} }
  return { name: stringOf(entry.name), values: isJsonObject(entry.values) ? entry.values : {} }
}

/** Dashes in keys become underscores, numbers text. */
function normalizeKeys(config: JsonObject): Config {
  return Object.fromEntries(
    Object.entries(config).map(([key, value]) => {
      const normal = isJsonObject(value) ? normalizeKeys(value) : typeof value === 'number' ? String(value) : value
      return [key.replaceAll('-', '_'), normal]
    }),
  )
}

/** `{region_name}` in the URL for authentication stands for what the cloud says under that name. */
function expand(config: Config): Config {
  const auth = config.auth as JsonObject
  const filled = (text: Json | undefined) =>
    typeof text === 'string' ? text.replace(/\{(\w+)\}/g, (whole, key: string) => stringOf(config[key]) || whole) : text
  const urls = { ...(auth.auth_url !== undefined && { auth_url: filled(auth.auth_url)! }) }
  const top = config.auth_url === undefined ? {} : { auth_url: filled(config.auth_url)! }
  return { ...config, ...top, auth: { ...auth, ...urls } }
}

function interfaceOf(args: Config, env: Environment, config: Config): string {
  const said =
    stringOf(args.endpoint_type) ||
    env.OS_ENDPOINT_TYPE ||
    stringOf(config.network_interface) ||
    stringOf(config.network_endpoint_type) ||
    stringOf(config.endpoint_type) ||
    stringOf(config.interface)
  return (said || 'public').replace(/URL$/, '')
}

function serviceTypeOf(env: Environment): string {
  return env.OS_NETWORK_SERVICE_TYPE || 'network'
}

function endpointOf(args: Config, config: Config): string | null {
  const said = stringOf(args.url) || stringOf(config.url) || stringOf(config.network_endpoint_override)
  return said === '' ? null : said
}

function tlsOf(args: Config, env: Environment, config: Config): TlsSettings {
  const isInsecure =
    args.insecure === true || Boolean(env.NEUTRONCLIENT_INSECURE) || isTrue(config.insecure) || isFalse(config.verify)
  const path = (value: Json | undefined) => stringOf(value).replace(/^~(?=\/|$)/, env.HOME ?? '~') || null
  return {
    verify: !isInsecure,
    caFile: path(config.cacert) ?? (env.REQUESTS_CA_BUNDLE || env.CURL_CA_BUNDLE || null),
    certFile: path(config.cert),
    keyFile: path(config.key),
  }
}

function proxiesOf(env: Environment): Record<string, string> {
  const names = ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY'].flatMap((name) => [name, name.toLowerCase()])
  return Object.fromEntries(names.flatMap((name) => (env[name] ? [[name, env[name]]] : [])))
}

/** Of an option, in seconds; of its variable. @throws CliError when that is no number. */
function timeoutOf(option: Json | undefined, variable: string | undefined): number | null {
  if (option === undefined && !variable) return null
  const seconds = Number(option ?? variable)
  if (Number.isFinite(seconds) && seconds > 0) return seconds * 1000
  if (Number.isNaN(seconds)) throw new CliError(`argument --http-timeout: invalid float value: '${variable}'`, 2)
  throw new CliError('--http-timeout: a timeout is more than 0 seconds')
}

function isTrue(value: Json | undefined): boolean {
  return value === true || (typeof value === 'string' && value.toLowerCase() === 'true')
}

function isFalse(value: Json | undefined): boolean {
  return value === false || (typeof value === 'string' && value.toLowerCase() === 'false')
}
