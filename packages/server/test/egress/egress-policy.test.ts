import assert from 'node:assert/strict'
import { test } from 'node:test'
import { allowsHost, narrowEgressPolicy, resolveEgressPolicy } from '../../src/egress/egress-policy.ts'

test('a pattern stands for a host or for all hosts below one; case and a trailing dot make no difference', () => {
  const { hosts } = resolveEgressPolicy({ hosts: ['API.example.com', '*.files.example.org'] })
  assert.deepEqual(
    [
      'api.example.com',
      'api.example.com.',
      'x.api.example.com',
      'a.b.files.example.org',
      'files.example.org',
      'evilfiles.example.org',
    ].map((host) => allowsHost(hosts, host)),
    [true, true, false, true, false, false],
  )
})

test('an inner policy only narrows', () => {
  const outer = resolveEgressPolicy({ hosts: ['*.example.com'], addresses: ['10.0.0.0/8'], maxResponseBytes: 100 })
  const inner = narrowEgressPolicy(outer, {
    hosts: ['a.example.com', 'b.example.org'],
    addresses: ['127.0.0.1'],
    maxResponseBytes: 1_000,
  })
  assert.deepEqual([inner.hosts, inner.addresses, inner.maxResponseBytes], [['a.example.com'], [], 100])
  assert.deepEqual(narrowEgressPolicy(outer, {}).hosts, ['*.example.com'])
  assert.deepEqual(narrowEgressPolicy(inner, { hosts: ['*.example.com', 'a.example.com'] }).hosts, ['a.example.com'])
  assert.deepEqual(narrowEgressPolicy(outer, { hosts: ['*.b.example.com'] }).hosts, ['*.b.example.com'])
  assert.deepEqual(narrowEgressPolicy(outer, { hosts: ['example.com', '*.org'] }).hosts, [])
})

test('what is no host and no range is refused by name', () => {
  assert.throws(() => resolveEgressPolicy({ hosts: ['http://x.com/'] }), {
    code: 'EK_CONFIG_INVALID',
    message: /http:\/\/x\.com/,
  })
  assert.throws(() => resolveEgressPolicy({ addresses: ['10.0.0.0/99x'] }), {
    code: 'EK_CONFIG_INVALID',
    message: /99x/,
  })
})
