/** Limits of those who listen for changes. Neutrino's own: upstream has no such interface. */
import { defineOptions, integer } from '#config/options.ts'

export const watchOptions = defineOptions('watch', {
  max_listeners: integer({
    default: 1000,
    min: 0,
    help: 'Connections of one server that may listen for changes at a time; 0: none, only pages are answered.',
  }),
  max_listeners_per_project: integer({
    default: 100,
    min: 0,
    help: 'How many of those one project may have.',
  }),
  heartbeat: integer({
    default: 15,
    min: 1,
    max: 3600,
    help: 'Seconds after which a listener that nothing is to be told hears that it is still connected.',
  }),
})
