/** Extra DHCP options of ports. */
import { addColumns, defineMigration, json } from '#store/schema.ts'

export default defineMigration(addColumns('ports', { extra_dhcp_opts: json({ default: '[]' }) }))
