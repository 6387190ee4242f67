/** Which networks routers may have their gateway on. */
import { addColumns, boolean, defineMigration } from '#store/schema.ts'

export default defineMigration(
  addColumns('networks', { 'router:external': boolean({ default: false }) }, [['router:external', 'id']]),
  addColumns('subnets', { 'router:external': boolean({ default: false }) }, [['router:external', 'id']]),
)
