/** Whether ports follow the device of their host. */
import { addColumns, boolean, defineMigration } from '#store/schema.ts'

export default defineMigration(addColumns('ports', { propagate_uplink_status: boolean({ default: true }) }))
