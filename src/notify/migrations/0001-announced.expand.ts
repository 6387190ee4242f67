/** How far agents have been told of the change log: `src/notify/cursor.ts` reads and writes it. */
import { bigint, createTable, defineMigration, token } from '#store/schema.ts'

export default defineMigration(
  createTable('announced', {
    columns: { name: token(64), sequence: bigint(), owner: token(36, { default: '' }), leased_until: bigint() },
    primaryKey: ['name'],
  }),
)
