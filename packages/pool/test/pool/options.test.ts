import assert from 'node:assert/strict'
import { test } from 'node:test'
import { resolvePoolOptions } from '../../src/pool/options.ts'
import { testEngine } from '../support/test-engine.ts'

const machine = { processors: 3, memoryMb: 8_000 }

test('defaults are filled in and the result is frozen', () => {
  const resolved = resolvePoolOptions({ engine: testEngine() }, machine)
  assert.equal(resolved.hosts, 3)
  assert.equal(resolved.maxQueueMs, 2_000)
  assert.ok(Object.isFrozen(resolved))
})

const bad: readonly [options: object, says: RegExp][] = [
  [{ hosts: 0 }, /"hosts" must be a whole number from 1 to 1024, not 0/],
  [{ hosts: '2' }, /not "2" \(string\)/],
  [{ spares: -1 }, /"spares"/],
  [{ maxQueueMs: Number.NaN }, /not NaN/],
  [{ size: 2 }, /no option "size"/],
  [{ recycle: { restMs: Infinity } }, /"recycle.restMs" must be a whole number from 0 to 600000, not Infinity/],
  [{ recycle: { overlapMs: -1 } }, /"recycle.overlapMs" .* not -1/],
  [{ overloadOrder: 'lifo' }, /"overloadOrder" must be "oldest" or "newest", not "lifo"/],
  [{ hosts: 4 }, /"hosts" is 4, above the 3 usable processors/],
  [{ minHosts: 3, hosts: 2 }, /"minHosts" is 3, above "hosts", which is 2/],
  [{ spares: 20 }, /\(3 hosts \+ 20 spares\) × 400 MiB = 9200 MiB, above 6000 MiB \(75 % of 8000 MiB\)/],
]
for (const [options, says] of bad) {
  test(`${JSON.stringify(options)} is refused`, () => {
    assert.throws(
      () => resolvePoolOptions({ engine: testEngine(), ...options }, machine),
      (error: Error & { code?: string }) => error.code === 'EK_POOL_OPTION' && says.test(error.message),
    )
  })
}
