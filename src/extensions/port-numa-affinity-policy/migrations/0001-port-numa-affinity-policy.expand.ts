/** How near ports are to be to the processors of their instances. */
import { addColumns, defineMigration, token } from '#store/schema.ts'

export default defineMigration(addColumns('ports', { numa_affinity_policy: token(16, { nullable: true }) }))
