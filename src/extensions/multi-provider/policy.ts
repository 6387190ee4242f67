/** Only administrators see or set how a network is carried. Source: upstream's default policies. */
export default ['create', 'get', 'update'].map((verb) => ({
  name: `${verb}_network:segments`,
  rule: 'rule:admin_only',
}))
