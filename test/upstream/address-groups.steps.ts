/** What is asked of both servers about address groups, and rules that refer to them. */
import { del, get, post, put, type Scenarios, type Step } from './both.ts'

const admin = { as: 'admin' } as const
const group = (address_group: object) => ({ address_group }) as never
const add = (addresses: unknown, as: object = {}) =>
  put('/address-groups/{g}/add_addresses', { addresses } as never, as)
const remove = (addresses: unknown) => put('/address-groups/{g}/remove_addresses', { addresses } as never)
const rule = (one: object) =>
  post('/security-group-rules', {
    security_group_rule: { security_group_id: '{sg}', direction: 'ingress', ...one },
  } as never)

const addressGroups: readonly Step[] = [
  get('/address-groups'),
  post('/address-groups', group({ name: 'g', description: 'said', addresses: ['10.0.0.5/8', '2001:DB8::1/64'] }), {
    save: 'g',
  }),
  get('/address-groups/{g}'),
  get('/address-groups/{g}', { as: 'other' }),
  get('/address-groups/{g}', admin),
  get('/address_groups?name=g'),
  get('/address-groups?name=g&fields=name&fields=addresses'),
  get('/address-groups?description=said&sort_key=name&sort_dir=desc&fields=name'),
  get('/address-groups?addresses=10.0.0.0/8'),
  get('/address-groups?shared=false'),
  get('/address-groups/{missing}'),
  get('/address-groups/x'),
  post('/address-groups', group({})),
  post('/address-groups', group({ addresses: null })),
  post('/address-groups', group({ addresses: [] })),
  post('/address-groups', group({ addresses: ['10.0.0.1'] })),
  post('/address-groups', group({ addresses: ['fd00::1'] })),
  post('/address-groups', group({ addresses: ['x'] })),
  post('/address-groups', group({ addresses: ['10.0.0.0/33'] })),
  post('/address-groups', group({ addresses: ['10.0.0.0/8', '10.0.0.0/8'] })),
  post('/address-groups', group({ addresses: '10.0.0.0/8' })),
  post('/address-groups', group({ addresses: {} })),
  post('/address-groups', group({ addresses: [5] })),
  post('/address-groups', group({ name: 'x'.repeat(256) })),
  post('/address-groups', group({ description: 'x'.repeat(1025) })),
  post('/address-groups', group({ description: 'x'.repeat(1024), name: 'long' })),
  post('/address-groups', group({ name: null })),
  post('/address-groups', group({ nonsense: 1 })),
  post('/address-groups', group({ project_id: 'another' })),
  post('/address-groups', { address_groups: [{ name: 'b1' }, { name: 'b2', addresses: ['192.0.2.0/24'] }] }),
  put('/address-groups/{g}', group({ name: 'renamed', description: 'again' })),
  put('/address-groups/{g}', group({ addresses: ['10.0.0.0/8'] })),
  put('/address-groups/{g}', group({ name: 'x' }), { as: 'other' }),
  put('/address-groups/{missing}', group({ name: 'x' })),
  add(['192.0.2.1', '192.0.2.1/32']),
  add(['10.9.9.9/8']),
  add(['x']),
  add(['10.0.0.0/33']),
  add(['198.51.100.1'], { as: 'other' }),
  put('/address-groups/{missing}/add_addresses', { addresses: ['10.0.0.0/8'] }),
  add([]),
  get('/address-groups/{g}'),
  remove(['192.0.2.1']),
  remove(['192.0.2.1']),
  remove(['x']),
  remove([]),
  get('/address-groups/{g}'),
  put('/address-groups/{g}/nonsense', { addresses: [] }),
  post('/security-groups', { security_group: { name: 'sg' } }, { save: 'sg' }),
  rule({ remote_address_group_id: '{g}' }),
  rule({ remote_address_group_id: '{g}' }),
  rule({ remote_address_group_id: '{g}', ethertype: 'IPv6', protocol: 'tcp', port_range_min: 1, port_range_max: 9 }),
  rule({ remote_address_group_id: '{g}', remote_ip_prefix: '10.0.0.0/8' }),
  rule({ remote_address_group_id: '{g}', remote_group_id: '{sg}' }),
  rule({ remote_address_group_id: '{missing}' }),
  get('/security-group-rules?remote_address_group_id={g}&sort_key=ethertype&sort_dir=asc'),
  get('/security-groups/{sg}'),
  del('/address-groups/{g}'),
  del('/address-groups/{g}', { as: 'other' }),
  del('/security-groups/{sg}'),
  del('/address-groups/{g}'),
  del('/address-groups/{g}'),
  post('/address-groups', group({ name: 'theirs' }), { as: 'other', save: 'o' }),
  post('/security-groups', { security_group: { name: 'sg' } }, { save: 'sg' }),
  rule({ remote_address_group_id: '{o}' }),
]

export default { addressGroups } satisfies Scenarios
