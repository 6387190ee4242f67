/** Ranges concern administrators. Source: upstream's default policies. */
export default ['create', 'get', 'update', 'delete'].map((verb) => ({
  name: `${verb}_network_segment_range`,
  rule: 'rule:admin_only',
}))
