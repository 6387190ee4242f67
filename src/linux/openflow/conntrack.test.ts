import assert from 'node:assert/strict'
import { test } from 'node:test'
import { markedTuples } from './conntrack.ts'

test('only connections with a mark are found, of every protocol', () => {
  const dump = [
    'tcp,orig=(src=10.0.0.1,dst=10.0.0.2,sport=40000,dport=80),reply=(src=10.0.0.2,dst=10.0.0.1,sport=80,dport=40000),zone=5,mark=1,protoinfo=(state=ESTABLISHED)',
    'tcp,orig=(src=10.0.0.1,dst=10.0.0.2,sport=40001,dport=80),reply=(src=10.0.0.2,dst=10.0.0.1,sport=80,dport=40001),zone=5',
    'icmpv6,orig=(src=fe80::1,dst=fe80::2,id=7,type=128,code=0),reply=(src=fe80::2,dst=fe80::1,id=7,type=129,code=0),zone=5,mark=1',
  ]
  assert.deepEqual(markedTuples(dump.join('\n')), [
    'ct_nw_src=10.0.0.1,ct_nw_dst=10.0.0.2,ct_nw_proto=6,ct_tp_src=40000,ct_tp_dst=80',
    'ct_ipv6_src=fe80::1,ct_ipv6_dst=fe80::2,ct_nw_proto=58,icmp_type=128,icmp_code=0,icmp_id=7',
  ])
})
