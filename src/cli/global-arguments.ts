/**
 * The options that stand before (or behind) any command: verbosity, retries, credentials. Data.
 * Source: neutronclient 8.1's global options; `--os-auth-type` and `--os-endpoint` as OpenStack's later clients have them.
 */
import { flag, option } from './arguments.ts'
import type { Argument } from './command.ts'
import { nonNegative } from './types.ts'

type Environment = Readonly<Record<string, string | undefined>>

const old = (name: string): Argument => option(`--${name}`)

/** Variables that are defaults of options are read here; those of credentials where credentials are read. */
export function globalArguments(env: Environment): Argument[] {
  return [
    { flags: ['--version'], name: 'version', action: 'true', help: "show program's version number and exit" },
    {
      flags: ['-v', '--verbose', '--debug'],
      name: 'verbose_level',
      action: 'count',
      default: 1,
      help: 'Say more: the requests, as curl commands, and the answers. Can be repeated.',
    },
    {
      flags: ['-q', '--quiet'],
      name: 'verbose_level',
      action: 'const',
      const: 0,
      help: 'Say nothing but warnings and errors.',
    },
    { flags: ['-h', '--help'], name: 'help', action: 'help', help: 'Show this help message and exit.' },
    {
      flags: ['-r', '--retries'],
      name: 'retries',
      metavar: 'NUM',
      type: nonNegative,
      default: 0,
      help: 'How often a request that does not reach the server is tried again; 0 by default.',
    },
    ...serviceOptions(),
    ...identityOptions(),
    {
      flags: ['--http-timeout'],
      name: 'http_timeout',
      metavar: '<seconds>',
      type: 'float',
      ...(env.OS_NETWORK_TIMEOUT ? { default: env.OS_NETWORK_TIMEOUT } : {}),
      help: 'Seconds to wait for an answer; by default env[OS_NETWORK_TIMEOUT], without limit if it is not set.',
    },
    option('--os-url', 'The address of the network service; by default env[OS_URL].', { metavar: '<url>' }),
    old('os_url'),
    flag('--insecure', "Do not verify the server's certificate (https). Use it with caution.", {
      default: Boolean(env.NEUTRONCLIENT_INSECURE),
    }),
  ]
}

function serviceOptions(): Argument[] {
  return [
    option('--os-service-type', 'By default env[OS_NETWORK_SERVICE_TYPE], or "network".', {
      metavar: '<os-service-type>',
    }),
    option('--os-endpoint-type', 'By default env[OS_ENDPOINT_TYPE], or "public".', { metavar: '<os-endpoint-type>' }),
    option('--service-type', 'DEPRECATED! Use --os-service-type.', { metavar: '<service-type>' }),
    option('--endpoint-type', 'DEPRECATED! Use --os-endpoint-type.', { metavar: '<endpoint-type>' }),
    option('--os-auth-strategy', 'DEPRECATED! Only keystone is supported.', { metavar: '<auth-strategy>' }),
    old('os_auth_strategy'),
  ]
}

function identityOptions(): Argument[] {
  const [tenantName, tenantId] = ['project name', 'project id']
  return [
    option('--os-cloud', 'A cloud of clouds.yaml; by default env[OS_CLOUD].', { metavar: '<cloud>' }),
    option('--os-auth-type', 'How to authenticate: password, token or none; by default env[OS_AUTH_TYPE].', {
      metavar: '<auth-type>',
    }),
    option('--os-endpoint', 'The address of the network service without authentication; by default env[OS_ENDPOINT].', {
      metavar: '<endpoint>',
    }),
    ...credential('os-auth-url', '<auth-url>', 'The address of the identity service'),
    project('--os-tenant-name', '<auth-tenant-name>', tenantName, 'Name of the tenant'),
    project('--os-project-name', '<auth-project-name>', tenantName, 'Name of the project, another word for tenant'),
    old('os_tenant_name'),
    project('--os-tenant-id', '<auth-tenant-id>', tenantId, 'ID of the tenant'),
    project('--os-project-id', '<auth-project-id>', tenantId, 'ID of the project, another word for tenant'),
    ...credential('os-username', '<auth-username>', 'Name of the user'),
    ...credential('os-user-id', '<auth-user-id>', 'ID of the user'),
    ...credential('os-user-domain-id', '<auth-user-domain-id>', "ID of the user's domain"),
    ...credential('os-user-domain-name', '<auth-user-domain-name>', "Name of the user's domain"),
    old('os_project_id'),
    old('os_project_name'),
    ...credential('os-project-domain-id', '<auth-project-domain-id>', "ID of the project's domain").slice(0, 1),
    ...credential('os-project-domain-name', '<auth-project-domain-name>', "Name of the project's domain").slice(0, 1),
    ...credential('os-cert', '<certificate>', 'File of the client certificate; the key may stand before it').slice(
      0,
      1,
    ),
    ...credential(
      'os-cacert',
      '<ca-certificate>',
      "File of the authorities to verify the server's certificate by",
    ).slice(0, 1),
    ...credential('os-key', '<key>', "File of the client certificate's key, unless it is in the same file").slice(0, 1),
    ...credential('os-password', '<auth-password>', 'Password of the user'),
    ...credential('os-region-name', '<auth-region-name>', 'Region'),
    ...credential('os-token', '<token>', 'Token of the identity service'),
  ]
}

/** An option, and the same with underscores that help does not show. */
function credential(name: string, metavar: string, what: string): Argument[] {
  const variable = name.toUpperCase().replaceAll('-', '_')
  return [option(`--${name}`, `${what}; by default env[${variable}].`, { metavar }), old(name.replaceAll('-', '_'))]
}

function project(flag: string, metavar: string, exclusive: string, what: string): Argument {
  const variable = flag.slice(2).toUpperCase().replaceAll('-', '_')
  return option(flag, `${what}; by default env[${variable}].`, { metavar, exclusive })
}
