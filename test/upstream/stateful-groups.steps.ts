/** What is asked of both servers about stateful and stateless security groups. */
import { get, post, put, type Scenarios, type Step } from './both.ts'

const group = (security_group: object) => ({ security_group }) as never
const port = (one: object) => ({ port: { network_id: '{n}', ...one } }) as never

const statefulGroups: readonly Step[] = [
  get('/security-groups?name=default', { save: 'd' }),
  post('/security-groups', group({ name: 'raw', stateful: false }), { save: 'raw' }),
  post('/security-groups', group({ name: 'text', stateful: 'no' })),
  post('/security-groups', group({ name: 'number', stateful: 1 })),
  post('/security-groups', group({ name: 'bad', stateful: 'perhaps' })),
  post('/security-groups', group({ name: 'none', stateful: null })),
  get('/security-groups/{raw}'),
  put('/security-groups/{raw}', group({ stateful: true })),
  put('/security-groups/{raw}', group({ stateful: false })),
  put('/security-groups/{d}', group({ stateful: false })),
  put('/security-groups/{d}', group({ stateful: true })),
  put('/security-groups/{raw}', group({ stateful: true }), { as: 'other' }),
  post('/networks', { network: { name: 'n' } }, { save: 'n' }),
  post('/ports', port({ name: 'p', security_groups: ['{raw}'] }), { save: 'p' }),
  put('/security-groups/{raw}', group({ stateful: true })),
  put('/security-groups/{raw}', group({ stateful: false })),
  put('/security-groups/{raw}', group({ name: 'renamed' })),
  post('/ports', port({ name: 'mixed', security_groups: ['{raw}', '{d}'] })),
  put('/ports/{p}', { port: { security_groups: ['{raw}', '{d}'] } }),
  get('/ports/{p}?fields=security_groups'),
  put('/ports/{p}', { port: { security_groups: ['{d}'] } }),
  put('/security-groups/{raw}', group({ stateful: true })),
  put('/ports/{p}', { port: { security_groups: ['{raw}', '{d}'] } }),
]

export default { statefulGroups } satisfies Scenarios
