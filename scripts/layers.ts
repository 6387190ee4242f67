/** What each layer may import besides itself and `base`. Data flows down the list; imports never flow up. */
export const LAYERS: Readonly<Record<string, readonly string[]>> = {
  cmd: ['*'],
  lab: ['config', 'identity', 'linux'], // one host's instances and its stand-in for Nova; a client of the API
  doctor: ['agents', 'config', 'declared', 'identity', 'linux', 'rpc', 'store'], // what a host lacks; asked beside all of these
  identity: ['config', 'store'], // the built-in identity of one host
  api: ['config', 'plugin', 'policy', 'resource', 'store'],
  feature: ['config', 'core', 'declared', 'ipam', 'ml2', 'plugin', 'resource', 'rpc', 'store'], // as the server loads it
  ml2: ['config', 'core', 'declared', 'plugin', 'resource', 'rpc', 'store'],
  core: ['config', 'declared', 'ipam', 'plugin', 'resource', 'store'],
  ipam: ['plugin', 'store'],
  notify: ['config', 'plugin', 'rpc', 'store'],
  plugin: ['config', 'policy', 'resource', 'store'],
  policy: ['config', 'resource'],
  store: ['config'],
  rpc: ['config'],
  fragment: ['agents', 'config', 'declared', 'linux', 'rpc'], // a feature, as an agent loads it
  agents: ['config', 'linux', 'rpc'],
  linux: [],
  cli: ['config', 'declared', 'resource'],
  declared: ['config', 'resource', 'rpc'], // a feature's data
  resource: [],
  config: [],
  base: [],
}
