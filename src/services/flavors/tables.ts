/** Flavors, service profiles, and which profiles a flavor has. */
import { table } from '#store/store.ts'

export interface Flavor {
  id: string
  name: string
  description: string | null
  service_type: string
  enabled: boolean
}

export const flavors = table<Flavor>('flavors', {
  id: 'text',
  name: 'text',
  description: 'text',
  service_type: 'text',
  enabled: 'boolean',
})

export interface ServiceProfile {
  id: string
  description: string | null
  driver: string
  metainfo: string
  enabled: boolean
}

export const serviceProfiles = table<ServiceProfile>('service_profiles', {
  id: 'text',
  description: 'text',
  driver: 'text',
  metainfo: 'text',
  enabled: 'boolean',
})

export interface ProfileBinding {
  readonly flavor_id: string
  readonly service_profile_id: string
}

export const profileBindings = table<ProfileBinding>('flavor_service_profiles', {
  flavor_id: 'text',
  service_profile_id: 'text',
})
