/** Whether a security group is stateful; those there were, are. */
import { addColumns, boolean, defineMigration } from '#store/schema.ts'

export default defineMigration(addColumns('security_groups', { stateful: boolean({ default: true }) }))
