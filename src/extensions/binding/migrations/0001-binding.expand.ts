/** Where ports are plugged. */
import { addColumns, defineMigration, json, token } from '#store/schema.ts'

export default defineMigration(
  addColumns(
    'ports',
    {
      'binding:host_id': token(255, { default: '' }),
      'binding:vnic_type': token(64, { default: 'normal' }),
      'binding:profile': json({ default: '{}' }),
      'binding:vif_type': token(64, { default: 'unbound' }),
      'binding:vif_details': json({ default: '{}' }),
    },
    [['binding:host_id']],
  ),
)
