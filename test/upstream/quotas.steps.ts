/** What is asked of both servers about the paths of quotas. What upstream answers with 500 is left out. */
import { del, get, post, put, type Scenarios } from './both.ts'

const admin = { as: 'admin' } as const
const OTHER = 'another-project-0123456789'

const quotaPaths = [
  get('/quotas/tenant'),
  get('/quotas/project'),
  get('/quotas/tenant.json'),
  get('/quotas/tenant', { as: 'reader' }),
  get('/quotas', admin),
  get('/quotas'),
  get(`/quotas/${OTHER}`),
  get(`/quotas/${OTHER}/default`),
  get(`/quotas/${OTHER}/details`),
  get(`/quotas/${OTHER}/default`, admin),
  put(`/quotas/${OTHER}`, { quota: { network: 1 } }),
  put(`/quotas/${OTHER}`, { quota: { network: 1 } }, { as: 'reader' }),
  put(`/quotas/${OTHER}`, { quota: { network: '7' } }, admin),
  put(`/quotas/${OTHER}`, { quota: { network: -1, port: 0 } }, admin),
  put(`/quotas/${OTHER}`, { quota: { network: -2 } }, admin),
  put(`/quotas/${OTHER}`, { quota: { network: 'many' } }, admin),
  put(`/quotas/${OTHER}`, { quota: { network: 99_999_999_999 } }, admin),
  put(`/quotas/${OTHER}`, { quota: { nothing: 1 } }, admin),
  put(`/quotas/${OTHER}`, {}, admin),
  del(`/quotas/${OTHER}`),
  del(`/quotas/${OTHER}`, admin),
  del(`/quotas/${OTHER}`, admin),
  post('/quotas', { quota: { network: 1 } }, admin),
]

export default { quotaPaths } satisfies Scenarios
