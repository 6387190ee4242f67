/** `[notify]`: how long committed changes are remembered. Not an upstream section: upstream keeps no such log. */
import { defineOptions, integer } from '#config/options.ts'

export const notifyOptions = defineOptions('notify', {
  change_log_days: integer({
    default: 7,
    min: 1,
    help: 'Days a line of the change log is kept after agents have been told of it.',
  }),
})
