/** What is asked of both servers about entries of RBAC, and about what others see and may not take away by them. */
import { del, get, post, put, type Scenarios, type Step } from './both.ts'

const admin = { as: 'admin' } as const
const other = { as: 'other' } as const
const entry = (rbac_policy: object) => ({ rbac_policy }) as never
const shared = { object_type: 'network', action: 'access_as_shared' }
const external = { object_type: 'network', action: 'access_as_external' }
const NOBODY = '00000000-0000-4000-8000-000000000009'

const rbac: readonly Step[] = [
  post('/networks', { network: { name: 'n' } } as never, { save: 'n' }),
  post('/subnets', { subnet: { network_id: '{n}', cidr: '10.0.0.0/24', ip_version: 4 } } as never, { save: 's' }),
  get('/rbac-policies'),
  get(`/rbac-policies/${NOBODY}`),
  post('/rbac-policies', entry({ ...shared, object_id: '{n}', target_tenant: 'rbac-other' }), { save: 'e' }),
  post('/rbac-policies', entry({ ...shared, object_id: '{n}', target_tenant: 'rbac-other' })),
  get('/rbac-policies/{e}'),
  get('/rbac-policies/{e}?fields=id&fields=target_tenant'),
  get('/rbac-policies/{e}', { as: 'reader' }),
  get('/rbac-policies/{e}', other),
  get('/rbac-policies', other),
  get('/rbac-policies?target_tenant=rbac-other'),
  get('/rbac-policies?object_type=network&action=access_as_shared'),
  get('/rbac-policies?object_type=subnetpool'),
  get('/networks/{n}', other),
  get('/networks?shared=true', other),
  get('/networks?shared=false', other),
  get('/networks?shared=true'),
  get('/networks/{n}'),
  get('/subnets?network_id={n}', other),
  get('/subnets?shared=true&network_id={n}', other),
  get('/subnets/{s}', other),
  put('/networks/{n}', { network: { name: 'mine' } } as never, other),
  del('/networks/{n}', other),
  post('/ports', { port: { network_id: '{n}' } } as never, { ...other, save: 'p' }),
  del('/rbac-policies/{e}'),
  put('/rbac-policies/{e}', entry({ target_tenant: 'rbac-another' })),
  put('/rbac-policies/{e}', entry({ target_tenant: 'rbac-other' })),
  put('/rbac-policies/{e}', entry({ target_tenant: '*' })),
  put('/rbac-policies/{e}', entry({ action: 'access_as_external' })),
  put('/rbac-policies/{e}', entry({ target_tenant: null })),
  put('/rbac-policies/{e}', entry({ target_tenant: 'x' }), other),
  del('/rbac-policies/{e}', other),
  put('/networks/{n}', { network: { shared: true } } as never, admin),
  del('/rbac-policies/{e}'),
  put('/networks/{n}', { network: { shared: false } } as never, admin),
  del('/ports/{p}', other),
  put('/networks/{n}', { network: { shared: false } } as never, admin),
  get('/networks/{n}', other),
  get('/rbac-policies'),
]

const refused: readonly Step[] = [
  post('/networks', { network: { name: 'n' } } as never, { save: 'n' }),
  post('/rbac-policies', entry({})),
  post('/rbac-policies', entry({ ...shared, object_id: '{n}' })),
  post('/rbac-policies', entry({ object_type: 'network', object_id: '{n}', target_tenant: 'x' })),
  post('/rbac-policies', entry({ ...shared, target_tenant: 'x' })),
  post('/rbac-policies', entry({ ...shared, object_type: 'port', object_id: '{n}', target_tenant: 'x' })),
  post('/rbac-policies', entry({ ...shared, object_type: ' Network ', object_id: '{n}', target_tenant: 'x' })),
  post('/rbac-policies', entry({ ...shared, action: 'access_as_owner', object_id: '{n}', target_tenant: 'x' })),
  post('/rbac-policies', entry({ ...shared, object_id: 'nothing', target_tenant: 'x' })),
  post('/rbac-policies', entry({ ...shared, object_id: '{n}', target_tenant: '*' })),
  post('/rbac-policies', entry({ ...shared, object_id: '{n}', target_tenant: 5 })),
  post('/rbac-policies', entry({ ...shared, object_id: '{n}', target_tenant: 'x'.repeat(256) })),
  post('/rbac-policies', entry({ ...shared, object_id: '{n}', target_tenant: 'x', name: 'n' })),
  post('/rbac-policies', entry({ ...shared, object_id: '{n}', target_tenant: '*' }), { ...admin, save: 'all' }),
  post('/rbac-policies', entry({ ...shared, object_id: '{n}', target_tenant: 'z' }), other),
  post('/rbac-policies', entry({ ...external, object_id: '{n}', target_tenant: 'z' }), other),
  get('/networks/{n}', other),
  get('/rbac-policies/{all}'),
  get('/rbac-policies/{all}', admin),
  get('/rbac-policies?nonsense=1'),
  get('/rbac-policies?sort_key=id&sort_dir=asc'),
  put(`/rbac-policies/${NOBODY}`, entry({ target_tenant: 'x' })),
  del(`/rbac-policies/${NOBODY}`),
  post('/rbac-policies', {
    rbac_policies: [
      { ...shared, object_id: '{n}', target_tenant: 'q1' },
      { ...shared, object_id: '{n}', target_tenant: 'q2' },
    ],
  } as never),
  post('/rbac-policies', {
    rbac_policies: [
      { ...shared, object_id: '{n}', target_tenant: 'q3' },
      { ...shared, object_id: '{n}', target_tenant: 'q1' },
    ],
  } as never),
  get('/rbac-policies?target_tenant=q3'),
]

const outside: readonly Step[] = [
  post('/networks', { network: { name: 'outside' } } as never, { ...admin, save: 'x' }),
  post('/subnets', { subnet: { network_id: '{x}', cidr: '203.0.113.0/24', ip_version: 4 } } as never, admin),
  post('/rbac-policies', entry({ ...external, object_id: '{x}', target_tenant: 'rbac-external-other' }), {
    ...admin,
    save: 'e',
  }),
  get('/networks/{x}', admin),
  get('/networks/{x}', other),
  get('/networks/{x}'),
  get('/networks?router:external=true', other),
  get('/networks?router:external=true'),
  get('/subnets?network_id={x}', other),
  get('/subnets?network_id={x}'),
  post('/ports', { port: { network_id: '{x}' } } as never, other),
  post('/ports', { port: { network_id: '{x}' } } as never),
  post('/routers', { router: { name: 'r', external_gateway_info: { network_id: '{x}' } } } as never),
  post('/floatingips', { floatingip: { floating_network_id: '{x}' } } as never),
  post('/routers', { router: { name: 'r', external_gateway_info: { network_id: '{x}' } } } as never, {
    ...other,
    save: 'r',
  }),
  post('/floatingips', { floatingip: { floating_network_id: '{x}' } } as never, { ...other, save: 'f' }),
  del('/rbac-policies/{e}', admin),
  put('/rbac-policies/{e}', entry({ target_tenant: 'rbac-external-member' }), admin),
  put('/networks/{x}', { network: { 'router:external': false } } as never, admin),
  post('/rbac-policies', entry({ ...external, object_id: '{x}', target_tenant: '*' }), { ...admin, save: 'all' }),
  get('/networks/{x}'),
  put('/rbac-policies/{e}', entry({ target_tenant: 'rbac-external-member' }), admin),
  del('/rbac-policies/{all}', admin),
  del('/routers/{r}', other),
  del('/floatingips/{f}', other),
  del('/rbac-policies/{all}', admin),
  get('/networks/{x}'),
  del('/rbac-policies/{e}', admin),
  get('/networks/{x}', admin),
  get('/networks/{x}'),
]

const pools: readonly Step[] = [
  post('/address-scopes', { address_scope: { name: 'rbac-scope', ip_version: 4 } } as never, { save: 's' }),
  post(
    '/subnetpools',
    {
      subnetpool: { name: 'p', prefixes: ['10.0.0.0/8'], default_prefixlen: 24, address_scope_id: '{s}' },
    } as never,
    { save: 'p' },
  ),
  post(
    '/rbac-policies',
    entry({
      object_type: 'subnetpool',
      action: 'access_as_shared',
      object_id: '{p}',
      target_tenant: 'rbac-pools-other',
    }),
  ),
  post(
    '/rbac-policies',
    entry({
      object_type: 'address_scope',
      action: 'access_as_external',
      object_id: '{s}',
      target_tenant: 'rbac-pools-other',
    }),
  ),
  post(
    '/rbac-policies',
    entry({
      object_type: 'address_scope',
      action: 'access_as_shared',
      object_id: '{s}',
      target_tenant: 'rbac-pools-other',
    }),
    { save: 'es' },
  ),
  post(
    '/rbac-policies',
    entry({
      object_type: 'subnetpool',
      action: 'access_as_shared',
      object_id: '{p}',
      target_tenant: 'rbac-pools-other',
    }),
    { save: 'ep' },
  ),
  get('/address-scopes?name=rbac-scope', other),
  get('/address-scopes/{s}', other),
  get('/subnetpools?shared=true', other),
  get('/subnetpools?shared=true'),
  get('/subnetpools/{p}', other),
  put('/subnetpools/{p}', { subnetpool: { name: 'mine' } } as never, other),
  post('/networks', { network: { name: 'n' } } as never, { ...other, save: 'n' }),
  post('/subnets', { subnet: { network_id: '{n}', subnetpool_id: '{p}', ip_version: 4 } } as never, {
    ...other,
    save: 'cut',
  }),
  del('/rbac-policies/{ep}'),
  put('/rbac-policies/{ep}', entry({ target_tenant: 'elsewhere' })),
  del('/subnets/{cut}', other),
  del('/rbac-policies/{ep}'),
  get('/subnetpools/{p}', other),
  del('/rbac-policies/{es}'),
  post('/subnetpools', { subnetpool: { name: 'all', prefixes: ['11.0.0.0/8'], shared: true } } as never, {
    ...admin,
    save: 'all',
  }),
  get('/rbac-policies?object_type=subnetpool&object_id={all}', admin),
  get('/subnetpools/{all}', other),
  put('/address-scopes/{s}', { address_scope: { shared: true } } as never, admin),
  get('/rbac-policies?object_type=address_scope&object_id={s}', admin),
  get('/address-scopes/{s}', other),
]

const groups: readonly Step[] = [
  post('/security-groups', { security_group: { name: 'g' } } as never, { save: 'g' }),
  post(
    '/rbac-policies',
    entry({
      object_type: 'security_group',
      action: 'access_as_shared',
      object_id: '{g}',
      target_tenant: 'rbac-groups-other',
    }),
    { save: 'e' },
  ),
  get('/security-groups/{g}'),
  get('/security-groups/{g}', other),
  get('/security-groups?shared=true', other),
  get('/security-groups?shared=true'),
  put('/security-groups/{g}', { security_group: { name: 'mine' } } as never, other),
  del('/security-groups/{g}', other),
  post(
    '/security-group-rules',
    {
      security_group_rule: { security_group_id: '{g}', direction: 'ingress' },
    } as never,
    other,
  ),
  post('/networks', { network: { name: 'n' } } as never, { ...other, save: 'n' }),
  post('/ports', { port: { network_id: '{n}', security_groups: ['{g}'] } } as never, { ...other, save: 'p' }),
  del('/rbac-policies/{e}'),
  put('/rbac-policies/{e}', entry({ target_tenant: 'elsewhere' })),
  put('/ports/{p}', { port: { security_groups: [] } } as never, other),
  del('/rbac-policies/{e}'),
  put('/ports/{p}', { port: { security_groups: ['{g}'] } } as never, other),
  get('/security-groups/{g}', other),
]

const addresses: readonly Step[] = [
  post('/address-groups', { address_group: { name: 'g', addresses: ['10.0.0.0/8'] } } as never, { save: 'g' }),
  post(
    '/rbac-policies',
    entry({
      object_type: 'address_group',
      action: 'access_as_shared',
      object_id: '{g}',
      target_tenant: 'rbac-addresses-other',
    }),
    { save: 'e' },
  ),
  get('/address-groups/{g}', other),
  get('/address-groups', other),
  put('/address-groups/{g}', { address_group: { name: 'mine' } } as never, other),
  del('/address-groups/{g}', other),
  post('/security-groups', { security_group: { name: 'own' } } as never, { ...other, save: 'own' }),
  post(
    '/security-group-rules',
    {
      security_group_rule: { security_group_id: '{own}', direction: 'ingress', remote_address_group_id: '{g}' },
    } as never,
    { ...other, save: 'rule' },
  ),
  del('/rbac-policies/{e}'),
  del('/security-group-rules/{rule}', other),
  del('/rbac-policies/{e}'),
  get('/address-groups/{g}', other),
]

export default {
  'rbac-addresses': addresses,
  rbac,
  'rbac-refused': refused,
  'rbac-external': outside,
  'rbac-pools': pools,
  'rbac-groups': groups,
} satisfies Scenarios
