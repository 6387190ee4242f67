/** The MTU of networks. */
import { addColumns, defineMigration, integer } from '#store/schema.ts'

export default defineMigration(addColumns('networks', { mtu: integer({ default: 1500 }) }))
