/** Which ports are looked at, and what new ports of a network have. */
import { addColumns, boolean, defineMigration } from '#store/schema.ts'

export default defineMigration(
  addColumns('networks', { port_security_enabled: boolean({ default: true }) }),
  addColumns('ports', { port_security_enabled: boolean({ default: true }) }),
)
