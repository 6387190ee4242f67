/** Gateways beside the first. */
import { addColumns, defineMigration, json } from '#store/schema.ts'

export default defineMigration(addColumns('routers', { extra_gateways: json({ default: '[]' }) }))
