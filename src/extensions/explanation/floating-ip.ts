/**
 * A floating IP's steps: given to a port, on a router that an agent has made, to a port that works and lets something
 * in. What the database knows is read here, the steps are decided purely.
 */
import { isIn } from '#base/predicate.ts'
import { type Port, ports } from '#core/port/tables.ts'
import { portSecurityGroups, type SecurityGroupRule, securityGroupRules } from '#extensions/security-group/tables.ts'
import type { Operation, Resources } from '#plugin/plugin.ts'
import { type FloatingIp, floatingips } from '#services/router/tables.ts'
import type { FloatingIpExplanation, Step, StepName } from './contract.ts'
import { FLOATING_IP_OWNER, named, OPERATOR, PORT_OWNER, restart } from './owners.ts'
import { gateway, hostSteps, type RouterFacts, type RouterSaid, readRouter } from './router.ts'
import { after, causeOf, counted, done, failed, missing, notApplicable, waiting } from './steps.ts'

export interface FloatingIpFacts {
  readonly floatingIp: FloatingIp
  readonly router: RouterFacts | null
  readonly port: Port | null
  /** Ingress rules of the port's groups. */
  readonly rules: readonly SecurityGroupRule[]
}

const RULES_MAX = 1_000

/** Null: there is no such floating IP. */
export async function readFloatingIp(op: Operation, resources: Resources, id: string): Promise<FloatingIpFacts | null> {
  const { tx } = op
  const floatingIp = await tx.find(floatingips, { id })
  if (!floatingIp) return null
  const { router_id, port_id } = floatingIp
  const port = port_id === null ? null : await tx.find(ports, { id: port_id })
  const groups = port ? await tx.list(portSecurityGroups, { port_id: port.id }) : []
  const ids = groups.map(({ security_group_id }) => security_group_id)
  const where = isIn('security_group_id', ids)
  const rules = ids.length === 0 ? [] : await tx.select(securityGroupRules, { where, limit: RULES_MAX })
  return {
    floatingIp,
    router: router_id === null ? null : await readRouter(op, resources, router_id),
    port,
    rules: rules.filter(({ direction }) => direction === 'ingress'),
  }
}

export function explainFloatingIp(facts: FloatingIpFacts, said: RouterSaid): FloatingIpExplanation {
  const { floatingIp, router } = facts
  const { id, floating_ip_address: name, status, created_at } = floatingIp
  const none = (['enabled', 'hosted', 'l3_agent', 'namespace', 'gateway'] as const).map((step) => after(step, 'routed'))
  const way = router ? [...hostSteps(router, said), gateway(router)] : none
  const before = [
    done('created', `${name} of network ${floatingIp.floating_network_id}`, { at: created_at }),
    associated(facts),
    routed(facts),
    ...way,
    target(facts),
    allowed(facts),
  ]
  const steps = [...before, reported(facts, before)]
  return { floatingip_id: id, name, status, steps, cause: causeOf(steps) }
}

function associated({ floatingIp: { id, port_id, fixed_ip_address } }: FloatingIpFacts): Step {
  if (port_id !== null) return done('associated', `it stands for ${fixed_ip_address} of port ${port_id}`)
  const mend = `neutron floatingip-associate ${id} <port>`
  return missing('associated', 'it stands for no port', { owner: FLOATING_IP_OWNER, mend })
}

function routed({ floatingIp: { router_id, port_id }, router }: FloatingIpFacts): Step {
  if (port_id === null) return after('routed', 'associated')
  if (router) return done('routed', `through router ${router.router.name || router_id}`)
  const evidence = "no router joins the port's subnet with the external network"
  return missing('routed', evidence, {
    owner: FLOATING_IP_OWNER,
    mend: 'neutron router-interface-add <router> <subnet>',
  })
}

function target({ port }: FloatingIpFacts): Step {
  if (!port) return after('target', 'associated')
  if (port.status === 'ACTIVE') return done('target', `port ${port.name || port.id} is ACTIVE`)
  const mend = `neutron explain port ${port.id}`
  return missing('target', `port ${port.name || port.id} is ${port.status}`, {
    owner: OPERATOR,
    mend,
    since: port.updated_at,
  })
}

/** Whether anything from outside may reach it. What an instance begins itself needs no rule. */
function allowed({ port, rules, floatingIp }: FloatingIpFacts): Step {
  if (!port) return after('allowed', 'associated')
  if (port.port_security_enabled === false) return notApplicable('allowed', 'the port is not filtered')
  const open = rules.filter(({ ethertype, remote_group_id, remote_address_group_id }) => {
    return ethertype === 'IPv4' && !remote_group_id && !remote_address_group_id
  })
  const details = { rules: open.map(({ id }) => id).slice(0, 20) }
  if (open.length > 0)
    return done('allowed', `${counted(open.length, 'rule')} let traffic in from outside`, { details })
  const mend = `neutron security-group-rule-create --direction ingress --protocol tcp --port-range-min 22 --port-range-max 22 <group>`
  return missing(
    'allowed',
    `no security group of the port lets anything from outside to ${floatingIp.floating_ip_address} in`,
    {
      owner: PORT_OWNER,
      mend,
    },
  )
}

function reported({ floatingIp: { status, updated_at }, router }: FloatingIpFacts, before: readonly Step[]): Step {
  if (status === 'ACTIVE') return done('reported', 'the floating IP is ACTIVE')
  const evidence = `the floating IP is ${status}`
  if (status === 'ERROR') return failed('reported', evidence, { owner: OPERATOR, since: updated_at })
  const needed: readonly StepName[] = ['associated', 'routed', 'enabled', 'hosted', 'l3_agent', 'namespace', 'gateway']
  const owed = before.some(
    ({ step, state }) => needed.includes(step) && ['missing', 'failed', 'waiting'].includes(state),
  )
  const agent = router?.agent
  if (owed || !agent) return waiting('reported', evidence, { since: updated_at })
  const more = { owner: named(agent), mend: restart(agent), since: updated_at }
  return missing('reported', `${evidence}: ${named(agent)} did not report it`, more)
}
