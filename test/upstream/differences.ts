/**
 * What is different on purpose: each with its reason, in step with docs/compatibility.md. A difference that no entry
 * explains fails the suite, and so does an entry that explains none.
 */
import type { Difference } from './compare.ts'

export interface Intended {
  readonly why: string
  /** Matched against the step, `member POST /v2.0/networks {"network":…}`. */
  readonly step?: RegExp
  /** Matched against where in the answer. */
  readonly at?: RegExp
  /** Matched against what is there, as JSON. */
  readonly ours?: RegExp
  readonly theirs?: RegExp
}

export const INTENDED: readonly Intended[] = [
  {
    why: "a range shows its owner by both names, and what it has not as null, as every resource; upstream's does by turns",
    step: / \/v2\.0\/network_segment_ranges/,
    at: /^body\.network_segment_range\.(tenant_id|project_id|physical_network)$/,
    theirs: /^undefined$/,
  },
  {
    why: 'ranges are for administrators alone, also one of the own project',
    step: /member GET \/v2\.0\/network_segment_ranges\/\{r\}/,
  },
  {
    why: 'a range without a type is refused by the name of nothing, not of an object of the server',
    at: /NeutronError\.message$/,
    theirs: /Sentinel object/,
  },
  {
    why: 'a range that is none is refused, where upstream fails',
    step: /network_segment_ranges.*("minimum":(12|4000|6009))/,
    at: /^status$/,
    theirs: /^500$/,
  },
  { why: 'ranges are found by their tags, as on recent releases', step: /network_segment_ranges\?tags=/ },
  {
    why: 'attributes of extensions that are newer than the upstream release compared with',
    at: /\.(enable_snat|external_gateways|belongs_to_default_sg|subnets?(\.\d+)?\.router:external)$/,
    theirs: /^undefined$/,
  },
  {
    why: 'standard attributes of address groups, as on recent releases',
    step: /\/address.groups/,
    at: /address_groups?(\.\d+)?\.(created_at|updated_at|revision_number)$/,
    theirs: /^undefined$/,
  },
  {
    why: 'an action shows what showing the address group does; upstream shows whether it is shared there alone',
    step: /(add|remove)_addresses/,
    at: /address_group\.shared$/,
    ours: /^undefined$/,
  },
  {
    why: 'asked for some attributes of address groups, those alone',
    step: /\/address-groups\?\S*fields=/,
    at: /tenant_id$/,
    ours: /^undefined$/,
  },
  {
    why: 'a long description and a bulk create of address groups, where upstream fails',
    step: /POST \/v2\.0\/address-groups/,
    theirs: /^500$|HTTPInternalServerError|^undefined$/,
  },
  {
    why: 'details of the addresses left are newer than the upstream release compared with',
    at: /\.ip_availability_details$/,
    theirs: /^undefined$/,
  },
  {
    why: 'what a caller may not see of networks is told as their absence',
    step: /(member|other) GET \S+network-ip-availabilities\/\{n\}$/,
    at: /^body/,
  },
  {
    why: 'addresses left are only read: 405, where upstream fails',
    step: /(POST|PUT|DELETE) \S+network-ip-availabilities/,
  },
  {
    why: 'fields are looked at by every list',
    step: /availability_zones\?fields=/,
    ours: /^undefined$/,
  },
  {
    why: 'an update of a pool answers as a show of it does',
    step: / PUT \S+subnetpools\//,
    at: /^body\.subnetpool\.((default|min|max)_prefixlen|default_quota|address_scope_id)$/,
  },
  { why: 'a length no address has is too long, not a number of another library', step: /"prefixlen":40\b/ },
  { why: 'prefix delegation is not there', step: /"subnetpool_id":"prefix_delegation"/, ours: /BadRequest|UUID/ },
  { why: 'projects were tenants', at: /message$/, theirs: /Per-tenant subnet pool/ },
  {
    why: "a scope that holds another project's pool is in use",
    step: /DELETE \S+address-scopes/,
    ours: /^(409|"application|\{"NeutronError":\{"type":"AddressScopeInUse)/,
  },
  { why: 'an action has PUT, and no other method', step: /(GET|POST) \S+\/onboard_network_subnets/ },
  {
    why: 'a topology has no list, and is only read and deleted: 404 and 405, where upstream fails',
    step: /(GET|POST) \S+auto-allocated-topology($| )|PUT \S+auto-allocated-topology/,
  },
  {
    why: 'what is not external is no default, and does not show whether it is',
    step: /POST \S+networks /,
    at: /\.is_default$/,
    ours: /^undefined$/,
  },
  { why: 'upstream does not look at the filter', step: /networks\?is_default=/ },
  {
    why: 'who serves a flavor next: upstream fails',
    step: /\/next_providers/,
    theirs: /^(500|undefined|.*HTTPInternal|"Request Failed)/,
  },
  {
    why: 'a profile one may not see is told as its absence',
    step: /member GET \S+service_profiles\/\{p\}$/,
    at: /^body\.NeutronError/,
  },
  {
    why: 'refusals outside the resources are JSON as everywhere else',
    step: /(GET|POST) \/(v2|v3\/)? |(GET|POST) \/(v2|v3\/)?$|\/extensions/,
    at: /^(header\.content-type|body.*)$/,
    theirs: /^("text\/plain"|"(404|405) |"500 )/,
  },
  {
    why: 'a method that extensions do not have: 404, where upstream fails',
    step: /PUT \/v2\.0\/extensions\/quotas/,
  },
  {
    why: 'a collection has no PUT, DELETE or OPTIONS: 405, where upstream looks for an object named None or lists',
    step: /(PUT|DELETE|OPTIONS) \/v2\.0\/networks(?=$| )/,
  },
  {
    why: 'Accept is not looked at: the answer is always JSON',
    step: /"Accept":/,
  },
  {
    why: 'names have no control characters and no space at either end, as on recent releases',
    step: /ctl\\u0001|line\\nbreak|" spaces "/,
  },
  { why: 'half a character is refused, where upstream fails', step: /\\ud800/ },
  {
    why: 'revisions begin at 0',
    at: /NeutronError\.message$/,
    ours: /Constrained to/,
    theirs: /Constrained to/,
  },
  {
    why: 'If-Match is looked at where there is an object, and not where upstream fails',
    step: /POST .*If-Match/,
  },
  {
    why: 'of two refusals the other comes first',
    step: /PUT \S+\{missing\} \{"network":\[\]\}|If-Match.*revision_number=1.*revision_number=2/,
  },
  {
    why: 'an update that changes nothing leaves the revision',
    at: /\.revision_number$/,
    step: / PUT /,
  },
  {
    why: 'what a port binding writes counts as one change with the create',
    at: /\.revision_number$/,
    step: /GET \/v2\.0\/ports[?/]/,
  },
  {
    why: 'the text of recent releases',
    at: /NeutronError\.message$/,
    ours: new RegExp(
      [
        'other than the authenticated project in request is not allowed',
        'No project network is available',
        'Quota for project',
        'is not in \\[',
        'protocol values \\(',
        'is not owned by your project or matches',
        'Multiple projects are using it',
      ].join('|'),
    ),
  },
  {
    why: 'project_id is named as it was sent; upstream names its other spelling, or both',
    at: /NeutronError\.message$/,
    ours: /project_id/,
    theirs: /tenant_id/,
  },
  {
    why: 'names stand in order; upstream prints a set of them',
    at: /NeutronError\.message$/,
    ours: /dictionary's keys failed|following provider network attributes/,
    theirs: /dictionary's keys failed|following provider network attributes/,
  },
  {
    why: 'a tunnel id beyond 24 bits is refused; upstream stores it',
    step: /"provider:segmentation_id":99999999/,
  },
  { why: 'the filter changed_since is there, as documented; this release refuses it', step: /changed_since/ },
  {
    why: 'a revision that is no number is refused as a filter; the database would compare it anyhow',
    step: /revision_number=x/,
  },
  { why: 'two spellings of the project that disagree are refused, as documented', step: /tenant_id=.*project_id=/ },
  {
    why: 'a delete of an external network that is refused leaves its unused floating IPs',
    step: /GET \/v2\.0\/ports\?network_id=\{ext\}&device_owner=network:floatingip/,
  },
  {
    why: 'what recent releases tell of a binding',
    at: /vif_details\.(ovs_create_tap|bound_drivers)$/,
    theirs: /^undefined$/,
  },
  { why: 'the type of a bound port is kept, as on recent releases', step: /"binding:vnic_type":"direct"\}/ },
  { why: 'agents are sorted and paged like everything else', step: /\/agents\?limit=/ },
  {
    why: 'a network without subnets is not given to a DHCP agent: there is nothing to serve',
    step: /GET \/v2\.0\/agents\/\S+\/dhcp-networks/,
    at: /networks\.length$/,
  },
  { why: 'a subnet without a range is refused, where upstream fails', step: /"cidr":null/ },
  {
    why: 'subnets of external networks are seen by everybody, as on recent releases',
    step: /GET \/v2\.0\/subnets(\/\{exts\}|\?network_id=\{x\})/,
  },
  {
    why: 'the answer names the project in both spellings',
    step: /_router_interface/,
    at: /^body\.project_id$/,
    theirs: /^undefined$/,
  },
  {
    why: 'the message names the port; upstream prints a function',
    at: /NeutronError\.message$/,
    theirs: /built-in function id/,
  },
  { why: 'routers are created in bulk too, as on recent releases', step: /POST \/v2\.0\/routers \{"routers"/ },
  {
    why: 'a quota below what is used is refused unless forced, as on recent releases',
    step: /PUT \/v2\.0\/quotas\/\S+ \{"quota":\{"network":1\}\}/,
  },
  { why: 'an empty quota request is refused, where upstream fails', step: /PUT \/v2\.0\/quotas\/\S+ \{\}/ },
  { why: 'agents are not created by a request: 405', step: /POST \/v2\.0\/agents \{/ },
  {
    why: 'an object one may not see is not found by its own error, as for every resource',
    at: /NeutronError/,
    ours: /SecurityGroupRule|Security group rule|Agent|Segment/,
    theirs: /HTTPNotFound|The resource could not be found/,
  },
  { why: 'rules are not updated: 405, where upstream fails', step: /PUT \/v2\.0\/security-group-rules/ },
  {
    why: 'values of a rule at which upstream fails are refused, or taken as what they say',
    step: /POST \/v2\.0\/security-group-rules .*"(protocol|remote_group_id)":/,
    at: /^(status|body\.(security_group_rule|NeutronError)(\.type|\.message)?)$/,
    theirs: /^(500|undefined)$|HTTPInternalServerError|internal server error/,
  },
  {
    why: 'a prefix that leaves out numbers is refused; upstream fills in zeros',
    step: /"remote_ip_prefix":"10\.0\.0"/,
  },
  { why: 'rules are filtered by normalized_cidr; upstream does not look at it', step: /normalized_cidr=/ },
  { why: "the protocol 'any' is taken, as on recent releases", step: /"protocol":"any"/ },
  {
    why: 'why an entry is refused is said without the names and numbers of what upstream called to find out',
    step: / \/v2\.0\/rbac-policies/,
    at: /NeutronError\.message$/,
    theirs: /Callback neutron\./,
  },
  {
    why: 'the refusal names the rules there are',
    step: /POST \/v2\.0\/rbac-policies/,
    at: /NeutronError\.message$/,
    theirs: /rule:create_rbac_policy:object_type/,
  },
  {
    why: 'an entry one may not see is answered as one that does not exist; upstream remembers its type',
    at: /NeutronError\.message$/,
    ours: /RBAC policy of type unknown/,
    theirs: /RBAC policy of type/,
  },
  {
    why: 'entries are created in bulk too, as everything else',
    step: /POST \/v2\.0\/rbac-policies \{"rbac_policies"/,
  },
  {
    why: "the entry that a flag makes is the object's project's, whoever sets it",
    at: /^body\.rbac_policies\.\d+\.(project|tenant)_id$/,
  },
  {
    why: 'that a network is not shared is told by the rule, which is asked first',
    step: /POST \/v2\.0\/ports/,
    at: /NeutronError/,
    theirs: /HTTPForbidden|not allowed to create port on this network/,
  },
  {
    why: 'who may use a shared group does not write its rules, as on recent releases',
    step: /POST \/v2\.0\/security-group-rules/,
    ours: /403|PolicyNotAuthorized|undefined/,
    theirs: /201|undefined|"direction":"ingress"/,
  },
  {
    why: 'a subnet of a routed network is answered with the routes to its peers, which upstream adds afterwards',
    step: /(POST \/v2\.0\/subnets .*"cidr":"10\.0\.1\.0|GET \/v2\.0\/subnets\/\{sb\})/,
    at: /^body\.subnet\.(host_routes|revision_number)/,
  },
  {
    why: 'why a segment stays is said once',
    at: /message$/,
    theirs: /associated with subnet.*associated with subnet/s,
  },
  { why: 'fields hold for segments as for everything', step: /\/segments\?.*fields=name/ },
  { why: 'segments that are no list are refused, where upstream fails', step: /"segments":null/ },
  {
    why: 'the refusal names the rule of the attribute, not those upstream makes up for what is inside it',
    at: /NeutronError\.message$/,
    theirs: /rule:create_network:segments:provider/,
  },
  { why: 'attributes of highly available routers, shown by actions only', at: /\.ha_vr_id$/, ours: /^undefined$/ },
  {
    why: 'extra routes that are no routes are refused, where upstream fails or takes none away',
    step: /(add|remove)_extraroutes .*"(routes|destination)":"x"/,
  },
  { why: "the refusal of a second IPv6 port is recent releases'", ours: /Router already contains IPv6 port/ },
  {
    why: 'a port keeps the address of a floating IP, also of one its owner may not see, as on recent releases',
    step: /PUT \/v2\.0\/ports\/\{p\} \{"port":\{"fixed_ips"/,
  },
  {
    why: 'a port with a floating IP of a project the caller may not act for: 409, where upstream fails',
    step: /DELETE \/v2\.0\/ports\/\{p\}/,
    ours: /409|FipAssociated|still has an associated/,
    theirs: /500|HTTPInternalServerError|internal server error/,
  },
  {
    why: 'what a range leaves without one port is null, in every answer',
    step: /port_forwardings/,
    at: /(external|internal)_port$/,
    ours: /null/,
    theirs: /undefined/,
  },
]

/** The entry that explains it. */
export function intendedFor(step: string, { at, ours, theirs }: Difference): Intended | undefined {
  const text = (value: unknown) => (value === undefined ? 'undefined' : JSON.stringify(value))
  return INTENDED.find(
    (one) =>
      (one.step?.test(step) ?? true) &&
      (one.at?.test(at) ?? true) &&
      (one.ours?.test(text(ours)) ?? true) &&
      (one.theirs?.test(text(theirs)) ?? true),
  )
}
