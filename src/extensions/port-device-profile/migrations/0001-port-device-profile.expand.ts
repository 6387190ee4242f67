/** The profile of accelerators a port is to have. */
import { addColumns, defineMigration, string } from '#store/schema.ts'

export default defineMigration(addColumns('ports', { device_profile: string(255, { nullable: true }) }))
