/** The ways a network is carried, where they are several. */
import { addColumns, defineMigration, json } from '#store/schema.ts'

export default defineMigration(addColumns('networks', { segments: json({ nullable: true }) }))
