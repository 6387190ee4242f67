/** What is said of the network below a port. */
import { addColumns, defineMigration, token } from '#store/schema.ts'

export default defineMigration(addColumns('ports', { data_plane_status: token(16, { nullable: true }) }))
