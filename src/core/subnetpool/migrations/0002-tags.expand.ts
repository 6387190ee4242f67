/** Tags. */
import { addColumns, defineMigration, taggedColumns } from '#store/schema.ts'

export default defineMigration(addColumns('subnetpools', taggedColumns))
