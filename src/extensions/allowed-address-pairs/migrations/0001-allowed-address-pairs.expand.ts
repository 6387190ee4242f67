/** What ports may use besides their own addresses. */
import { addColumns, defineMigration, json } from '#store/schema.ts'

export default defineMigration(addColumns('ports', { allowed_address_pairs: json({ default: '[]' }) }))
