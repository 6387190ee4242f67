/** The zones a network is wanted in. */
import { addColumns, defineMigration, json } from '#store/schema.ts'

export default defineMigration(addColumns('networks', { availability_zone_hints: json({ default: '[]' }) }))
