/**
 * Flavors, their profiles and the providers of services on the command line. Source: neutronclient 8.1's commands of
 * flavors and service providers.
 */
import { booleanArgument, option } from '#cli/arguments.ts'
import { type Argument, type Call, type Command, defineCli } from '#cli/command.ts'
import { findId } from '#cli/find.ts'
import type { Outline } from '#cli/outline.ts'

const service_provider: Outline = {
  name: 'service_provider',
  collection: 'service_providers',
  body: 'service_provider',
  path: '/service-providers',
  parent: null,
  key: 'name',
  methods: ['list'],
  owned: false,
  attributes: {},
  actions: [],
}

const ENABLED = booleanArgument('--enabled', 'Whether it is enabled.')

const PROFILE: readonly Argument[] = [
  option('--description', 'Description of the flavor profile.'),
  option('--driver', 'Path of the Python module of its driver.'),
  option('--metainfo', 'What its driver is told.'),
  ENABLED,
]

const PAIR: readonly Argument[] = [
  { name: 'flavor', metavar: 'FLAVOR', help: 'ID or name of the flavor.' },
  { name: 'flavor_profile', metavar: 'FLAVOR_PROFILE', help: 'ID of the flavor profile.' },
]

async function pairOf(call: Call): Promise<{ flavor: string; profile: string }> {
  const flavor = await findId(call, 'flavor', String(call.args.flavor))
  return { flavor, profile: await findId(call, 'service_profile', String(call.args.flavor_profile), { names: false }) }
}

const associate: Command = {
  name: 'flavor-associate',
  summary: 'Add a profile to a flavor.',
  arguments: PAIR,
  unknown: 'ignored',
  async run(call) {
    const { flavor, profile } = await pairOf(call)
    const body = { service_profile: { id: profile } }
    await call.client.request('POST', `/flavors/${flavor}/service_profiles`, { body })
    call.print(`Associated flavor ${call.args.flavor} with flavor_profile ${call.args.flavor_profile}`)
    return null
  },
}

const disassociate: Command = {
  name: 'flavor-disassociate',
  summary: 'Take a profile from a flavor.',
  arguments: PAIR,
  unknown: 'ignored',
  async run(call) {
    const { flavor, profile } = await pairOf(call)
    await call.client.request('DELETE', `/flavors/${flavor}/service_profiles/${profile}`)
    call.print(`Disassociated flavor ${call.args.flavor} from flavor_profile ${call.args.flavor_profile}`)
    return null
  },
}

export default defineCli({
  outlines: { service_provider },
  resources: {
    flavor: {
      list: { summary: 'List flavors.', columns: ['id', 'name', 'service_type', 'enabled'] },
      create: {
        arguments: [
          { name: 'name', metavar: 'NAME', help: 'Name of the flavor.' },
          {
            name: 'service_type',
            metavar: 'SERVICE_TYPE',
            help: 'Type of the services it is for: L3_ROUTER_NAT, … (service-provider-list shows those there are).',
          },
          option('--description', 'Description of the flavor.'),
          ENABLED,
        ],
      },
      update: {
        arguments: [
          option('--name', 'New name of the flavor.'),
          option('--description', 'New description of the flavor.'),
          ENABLED,
        ],
      },
    },
    service_profile: {
      noun: 'flavor-profile',
      list: { summary: 'List flavor profiles.', columns: ['id', 'description', 'enabled', 'metainfo'] },
      create: { arguments: PROFILE },
      update: { arguments: PROFILE },
    },
    service_provider: {
      list: { summary: 'List the providers of services.', columns: ['service_type', 'name', 'default'] },
    },
  },
  commands: [associate, disassociate],
})
