/** `[identity]`: the built-in identity for one host. Not an upstream section: a cloud has Keystone. */
import { boolean, defineOptions, port, string } from '#config/options.ts'

export const identityOptions = defineOptions('identity', {
  enabled: boolean({
    default: false,
    help: 'Serve a small identity of our own, which speaks the part of Keystone v3 that clients need. For one host.',
  }),
  bind_host: string({ default: '127.0.0.1', help: 'The address it listens on.' }),
  bind_port: port({ default: 5000, help: 'The TCP port it listens on.' }),
  region: string({ default: 'RegionOne', help: 'The region of the services in its catalogue.' }),
  admin_password: string({ secret: true, help: 'Password of the user admin, when that user is made.' }),
  demo_password: string({ secret: true, help: 'Password of the user demo, when that user is made.' }),
})
