/**
 * Options of the API server besides where it listens: paging, links, filters, headers and connections.
 * Source: the configuration reference, neutron.conf sections DEFAULT, oslo_middleware and cors.
 */
import { boolean, defineOptions, integer, list, string } from '#config/options.ts'

export const apiOptions = defineOptions('DEFAULT', {
  pagination_max_limit: string({
    default: '-1',
    help: 'The largest page a list answers with; negative or `infinite`: no limit.',
    check: (value) =>
      value.toLowerCase() === 'infinite' || (/^-?\d+$/.test(value) && Number(value) !== 0)
        ? null
        : 'neither `infinite` nor an integer other than 0',
  }),
  allow_bulk: boolean({ default: true, help: 'Whether one request may create several objects.' }),
  filter_validation: boolean({
    default: true,
    help: 'Refuse lists that filter by what is no filter; otherwise such parameters are ignored.',
  }),
  network_link_prefix: string({ help: 'Put in place of scheme and host in links, its path before theirs.' }),
  max_header_line: integer({
    default: 16_384,
    min: 1024,
    help: 'Bytes the headers of a request may have; large tokens need more.',
  }),
  client_socket_timeout: integer({
    default: 900,
    min: 0,
    help: 'Seconds after which an idle connection is closed; 0: never.',
  }),
  wsgi_keep_alive: boolean({ default: true, help: 'Keep connections open between requests.' }),
})

export const middlewareOptions = defineOptions('oslo_middleware', {
  enable_proxy_headers_parsing: boolean({
    default: false,
    help: 'Build links from Forwarded, or X-Forwarded-Proto and -Host, and -Prefix. Only behind a proxy that sets them.',
  }),
  max_request_body_size: integer({
    default: 16_777_216,
    min: 1024,
    help: 'Bytes a request body may have: room for a bulk create of some ten thousand ports.',
    deprecated: [
      { section: 'DEFAULT', name: 'osapi_max_request_body_size' },
      { section: 'DEFAULT', name: 'max_request_body_size' },
    ],
  }),
})

export const healthcheckOptions = defineOptions('healthcheck', {
  disable_by_file_path: string({
    default: '$state_path/healthcheck_disable',
    help: 'While this file exists the health check answers 503, so that a load balancer sends nothing more.',
  }),
})

export const corsOptions = defineOptions('cors', {
  allowed_origin: list({ default: [], help: 'Origins whose scripts may use the API; `*`: all. Empty: none.' }),
  allow_credentials: boolean({ default: true, help: 'Let browsers send credentials.' }),
  max_age: integer({ default: 3600, min: 0, help: 'Seconds a preflight answer may be kept.' }),
  allow_methods: list({
    default: ['GET', 'PUT', 'POST', 'DELETE', 'PATCH'],
    help: 'Methods scripts of other origins may use.',
  }),
  allow_headers: list({
    default: [
      'X-Auth-Token',
      'X-Identity-Status',
      'X-Roles',
      'X-Service-Catalog',
      'X-User-Id',
      'X-Tenant-Id',
      'X-OpenStack-Request-ID',
      'X-Trace-Info',
      'X-Trace-HMAC',
    ],
    help: 'Request headers scripts of other origins may set.',
  }),
  expose_headers: list({
    default: [
      'X-Auth-Token',
      'X-Subject-Token',
      'X-Service-Token',
      'X-OpenStack-Request-ID',
      'X-Trace-Info',
      'X-Trace-HMAC',
    ],
    help: 'Response headers scripts of other origins may read.',
  }),
})
