/** Segments concern administrators. Source: upstream's default policies. */
const VERBS = ['create', 'get', 'update', 'delete']

export default [
  ...VERBS.map((verb) => ({ name: `${verb}_segment`, rule: 'rule:admin_only' })),
  ...['create', 'get', 'update'].map((verb) => ({ name: `${verb}_subnet:segment_id`, rule: 'rule:admin_only' })),
]
