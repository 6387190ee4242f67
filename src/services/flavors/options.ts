/** Service providers beside those there are. Source: the configuration reference, `[service_providers]`. */
import { defineOptions, multi } from '#config/options.ts'

export const providerOptions = defineOptions('service_providers', {
  service_provider: multi({
    default: [],
    help: 'A provider of a service: <service type>:<name>:<driver>[:default].',
  }),
})
