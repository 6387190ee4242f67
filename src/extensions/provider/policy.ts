/** Only administrators see or set how a network is carried. Source: upstream's default policies. */
const ATTRIBUTES = ['provider:network_type', 'provider:physical_network', 'provider:segmentation_id']

export default ['create', 'get', 'update'].flatMap((verb) =>
  ATTRIBUTES.map((attribute) => ({ name: `${verb}_network:${attribute}`, rule: 'rule:admin_only' })),
)
