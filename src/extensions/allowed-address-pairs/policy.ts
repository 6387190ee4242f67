/** A network's owner says which addresses its ports may use. Source: upstream's default policies. */
const RULE = 'rule:context_is_admin or rule:service_api or rule:network_owner_member'

export default ['create', 'update'].flatMap((action) =>
  ['', ':mac_address', ':ip_address'].map((key) => ({
    name: `${action}_port:allowed_address_pairs${key}`,
    rule: RULE,
  })),
)
