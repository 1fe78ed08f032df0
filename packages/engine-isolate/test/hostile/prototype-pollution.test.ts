import assert from 'node:assert/strict'
import { test } from 'node:test'
import { endOf, isolatePool, runBlock } from '../support/pool.ts'

const pollute = `
  for (const target of [Object, Array, Map, Set, Promise, Function, RegExp, Error, String]) {
    Object.defineProperty(target.prototype, 'dirt', { value: 1, configurable: true })
  }
  Object.prototype.status = 'done'
  Object.prototype.json = '"forged"'
  Array.prototype.push = Array.prototype.map = Array.prototype.join = () => { throw new Error('mine') }
  Promise.prototype.then = function () { return this }
  JSON.stringify = () => 'forged'
  JSON.parse = () => ({ forged: true })
  Map.prototype.get = Map.prototype.set = () => 'forged'
  RegExp.prototype.exec = () => null
  Object.prototype.toJSON = () => 'forged'
  globalThis.input = 'forged'
  return 1`

const look = `return [typeof {}.dirt, typeof [].dirt, typeof (() => {}).dirt, typeof Promise.resolve().dirt, JSON.stringify({ a: 1 }),
  [1].map((x) => x + 1), typeof {}.toJSON, typeof {}.status, input.clean, typeof globalThis.dirt]`

const clean = [
  'undefined',
  'undefined',
  'undefined',
  'undefined',
  '{"a":1}',
  [2],
  'undefined',
  'undefined',
  true,
  'undefined',
]

for (const tenant of ['same', 'other']) {
  test(`what one run did to its intrinsics is not seen by the ${tenant} tenant's next run`, async () => {
    await using pool = await isolatePool({ hosts: 1 })
    for (let round = 0; round < 6; round += 1) {
      await runBlock(pool, pollute, { tenant: 'same' })
      assert.deepEqual(endOf(await runBlock(pool, look, { tenant, input: '{"clean":true}' })), clean)
    }
  })
}
