/**
 * A cloud's configuration as what is sent to ask for a token. Pure.
 * Source: keystoneauth, "Plugin Options"; Identity API v3, "Authentication and token management"; Identity API v2.0.
 */
import { isJsonObject, type Json, type JsonObject } from '#base/json.ts'
import { CliError } from '#cli/errors.ts'
import { type Config, stringOf } from './config.ts'

export type Credentials =
  /** Nobody asks who it is. */
  | { readonly kind: 'none'; readonly endpoint: string }
  /** A token as it is; no identity service is asked. */
  | { readonly kind: 'token'; readonly token: string; readonly endpoint: string }
  | IdentityCredentials

export interface IdentityCredentials {
  readonly kind: 'identity'
  readonly authUrl: string
  /** Null: whichever the identity service has, the oldest that will do. */
  readonly version: 2 | 3 | null
  readonly v3: JsonObject
  /** Null: version 2 cannot say it. */
  readonly v2: JsonObject | null
  /** Version 3 first, where both are there. */
  readonly prefersV3: boolean
}

type Method = 'password' | 'token' | 'application_credential'

const PLUGINS: Readonly<Record<string, { readonly method: Method; readonly version: 2 | 3 | null }>> = {
  password: { method: 'password', version: null },
  token: { method: 'token', version: null },
  v2password: { method: 'password', version: 2 },
  v2token: { method: 'token', version: 2 },
  v3password: { method: 'password', version: 3 },
  v3token: { method: 'token', version: 3 },
  v3applicationcredential: { method: 'application_credential', version: 3 },
}
const TOKEN_PLUGINS = ['admin_token', 'token_endpoint']
const NO_PLUGINS = ['none', 'None', 'noauth', '']

/** @throws CliError when what the way to authenticate needs was not said. */
export function credentialsOf(config: Config): Credentials {
  const said = read(config)
  const type = typeof config.auth_type === 'string' ? config.auth_type : stringOf(config.auth_plugin)
  const endpoint = stringOf(config.url) || said('endpoint') || said('url')
  if (NO_PLUGINS.includes(type)) {
    if (endpoint === '') throw missing('endpoint')
    return { kind: 'none', endpoint }
  }
  const token = said('token')
  const isBareToken = type === 'password' && token !== '' && said('password') === ''
  if (TOKEN_PLUGINS.includes(type) || (isBareToken && endpoint !== '')) {
    if (endpoint === '') throw missing('endpoint')
    if (token === '') throw missing('token')
    return { kind: 'token', token, endpoint }
  }
  const plugin = PLUGINS[isBareToken ? 'token' : type]
  if (!plugin) throw new CliError(`The plugin ${type} could not be found`)
  return identityCredentials(plugin, said)
}

type Said = (...names: string[]) => string

/** What is said under any of these names, below `auth` before above it; empty when nothing is. */
function read(config: Config): Said {
  const auth = isJsonObject(config.auth) ? config.auth : {}
  return (...names) => names.map((name) => stringOf(auth[name]) || stringOf(config[name])).find(Boolean) ?? ''
}

function missing(name: string): CliError {
  return new CliError(`Auth plugin requires parameters which were not given: ${name}`)
}

interface Plugin {
  readonly method: Method
  readonly version: 2 | 3 | null
}

function identityCredentials({ method, version }: Plugin, said: Said): IdentityCredentials {
  const names = namesOf(said, version)
  if (version === 3) assertUserDomain(method, names)
  const who = identityOf(method, names, said)
  if (version === 3) assertProjectDomain(names)
  const authUrl = said('auth_url')
  if (authUrl === '') throw missing('auth_url')
  const scope = scopeOf(names, said)
  const v3 = { auth: { identity: { methods: [method], [method]: who }, ...(scope && { scope }) } }
  const isV2 = method !== 'application_credential' && !names.hasDomain
  const v2 = isV2 ? v2Body(method, names, said) : null
  return { kind: 'identity', authUrl, version, v3, v2, prefersV3: names.prefersV3 }
}

/** Names are unique within a domain alone; a service asked for version 3 by name is told which. */
function assertUserDomain(method: Method, { user, userDomainId, userDomainName }: Names): void {
  if (method !== 'token' && user && !userDomainId && !userDomainName) throw withoutDomain('user', 'username')
}

function assertProjectDomain({ projectName, projectDomainId, projectDomainName }: Names): void {
  if (projectName && !projectDomainId && !projectDomainName) throw withoutDomain('project', 'project_name')
}

function withoutDomain(kind: string, name: string): CliError {
  return new CliError(
    `You have provided a ${name}. In the V3 identity API a ${name} is only unique within a domain so you must also ` +
      `provide either a ${kind}_domain_id or ${kind}_domain_name.`,
  )
}

interface Names {
  readonly user: string
  readonly userId: string
  readonly userDomainId: string
  readonly userDomainName: string
  readonly projectId: string
  readonly projectName: string
  readonly projectDomainId: string
  readonly projectDomainName: string
  /** A domain is said that version 2 has no word for. */
  readonly hasDomain: boolean
  readonly prefersV3: boolean
}

/** Users and projects with their domains; `domain_*` of a project's credentials is both domains. */
function namesOf(said: Said, version: Plugin['version']): Names {
  const projectId = said('project_id', 'tenant_id')
  const projectName = said('project_name', 'tenant_name')
  const isScoped = projectId !== '' || projectName !== ''
  const [domainId, domainName] = [said('domain_id'), said('domain_name')]
  const [sharedId, sharedName] = isScoped ? [domainId, domainName] : ['', '']
  const userDomain = [said('user_domain_id') || sharedId, said('user_domain_name') || sharedName]
  const projectDomain = [said('project_domain_id') || sharedId, said('project_domain_name') || sharedName]
  const defaultId = version === null ? said('default_domain_id', 'default_domain') : ''
  const defaultName = version === null ? said('default_domain_name') : ''
  return {
    user: said('username', 'user_name'),
    userId: said('user_id'),
    userDomainId: userDomain[0] || defaultId,
    userDomainName: userDomain[1] || defaultName,
    projectId,
    projectName,
    projectDomainId: projectDomain[0] || defaultId,
    projectDomainName: projectDomain[1] || defaultName,
    hasDomain: [...userDomain, ...projectDomain, domainId, domainName].some(Boolean),
    prefersV3: defaultId !== '' || defaultName !== '',
  }
}

function identityOf(method: Method, names: Names, said: Said): JsonObject {
  if (method === 'token') return { id: orNull(said('token')) }
  const user = names.userId
    ? { id: names.userId }
    : { ...(names.user && { name: names.user, ...domainOf(names.userDomainId, names.userDomainName) }) }
  if (method === 'password') return { user: { password: orNull(said('password')), ...user } }
  const secret = said('application_credential_secret')
  const id = said('application_credential_id')
  const name = said('application_credential_name')
  if (id === '' && name === '') {
    throw new CliError(
      'You must provide either an application credential ID or an application credential name and user.',
    )
  }
  if (secret === '') throw new CliError('You must provide an auth secret.')
  return id === '' ? { secret, name, user } : { secret, id }
}

function scopeOf(names: Names, said: Said): Json {
  const { projectId, projectName } = names
  const targets = [projectId || projectName, said('domain_id') || said('domain_name'), said('trust_id')]
  const isShared = projectId !== '' || projectName !== '' // then the domain is that of the project
  if (targets.filter((target, index) => target !== '' && !(isShared && index === 1)).length > 1) {
    throw new CliError(
      'Authentication cannot be scoped to multiple targets. Pick one of: project, domain, trust or unscoped',
    )
  }
  if (projectId !== '') return { project: { id: projectId } }
  if (projectName !== '') {
    return { project: { name: projectName, ...domainOf(names.projectDomainId, names.projectDomainName) } }
  }
  if (said('domain_id') !== '') return { domain: { id: said('domain_id') } }
  if (said('domain_name') !== '') return { domain: { name: said('domain_name') } }
  if (said('trust_id') !== '') return { 'OS-TRUST:trust': { id: said('trust_id') } }
  return said('system_scope') === 'all' ? { system: { all: true } } : null
}

function domainOf(id: string, name: string): JsonObject {
  if (id !== '') return { domain: { id } }
  return name === '' ? {} : { domain: { name } }
}

function v2Body(method: Method, names: Names, said: Said): JsonObject {
  const user = names.user ? { username: names.user } : { ...(names.userId && { userId: names.userId }) }
  const who =
    method === 'token'
      ? { token: { id: orNull(said('token')) } }
      : { passwordCredentials: { password: orNull(said('password')), ...user } }
  const tenant = names.projectId
    ? { tenantId: names.projectId }
    : names.projectName
      ? { tenantName: names.projectName }
      : {}
  const trust = said('trust_id')
  return { auth: { ...who, ...tenant, ...(trust && { trust_id: trust }) } }
}

function orNull(text: string): Json {
  return text === '' ? null : text
}
