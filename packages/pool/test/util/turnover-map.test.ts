import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { TurnoverMap } from '../../src/util/turnover-map.ts'

interface Item {
  readonly name: string
}

test('it holds what was set, in the order in which it came', () => {
  const map = new TurnoverMap<number, Item>()
  for (const number of [3, 1, 2]) map.set(number, { name: `item ${number}` })
  map.set(3, { name: 'another' })
  assert.deepEqual([...map.keys()], [3, 1, 2])
  assert.deepEqual(
    [...map.values()].map(({ name }) => name),
    ['another', 'item 1', 'item 2'],
  )
  assert.equal(map.get(1)?.name, 'item 1')
  assert.equal(map.get(4), undefined)
  assert.equal(map.size, 3)
  assert.equal(map.oldest?.name, 'another')
})

test('what was deleted is gone, and its cell is of whoever came last', () => {
  const map = new TurnoverMap<number, Item>()
  map.set(1, { name: 'first' })
  assert.equal(map.delete(1), true)
  assert.equal(map.delete(1), false)
  map.set(2, { name: 'second' })
  map.set(3, { name: 'third' })
  assert.equal(map.has(1), false)
  assert.equal(map.get(1), undefined)
  assert.deepEqual([map.get(2)?.name, map.get(3)?.name], ['second', 'third'])
  map.clear()
  assert.equal(map.size, 0)
  assert.deepEqual([...map.values()], [])
  assert.equal(map.oldest, undefined)
})

test('entries may go while others are looked at', () => {
  const map = new TurnoverMap<number, Item>()
  for (const number of [1, 2, 3, 4]) map.set(number, { name: String(number) })
  const seen: string[] = []
  for (const { name } of map.values()) {
    seen.push(name)
    map.delete(2)
    map.delete(Number(name))
  }
  assert.deepEqual(seen, ['1', '3', '4'])
  assert.equal(map.size, 0)
})

/** Prints how many bytes outlive their turn: of 200,000 objects that were in the map for a moment, ten at a time, once its table is old. */
const script = `
  import { TurnoverMap } from ${JSON.stringify(new URL('../../src/util/turnover-map.ts', import.meta.url).href)}
  const map = new TurnoverMap()
  for (let number = 0; number < 10; number += 1) map.set(-number, {})
  for (let round = 0; round < 4; round += 1) gc()
  for (let number = 0; number < 10; number += 1) map.delete(-number)
  const before = process.memoryUsage().heapUsed
  for (let number = 0; number < 200_000; number += 1) {
    map.set(number, { filling: new Array(50).fill(number) })
    map.delete(number - 10)
  }
  gc({ type: 'minor' })
  gc({ type: 'minor' })
  console.log(process.memoryUsage().heapUsed - before)
`

test('what was deleted does not outlive the next collections of young objects', async () => {
  // Without collections of the whole heap meanwhile.
  const flags = ['--expose-gc', '--min-semi-space-size=1', '--max-semi-space-size=1', '--initial-old-space-size=512']
  const { stdout } = await promisify(execFile)(process.execPath, [...flags, '--input-type=module', '--eval', script])
  // A `Map` leaves 52 MB of the 90; copies of the table alone are 9.
  assert.ok(Number(stdout) < 20_000_000, `${stdout.trim()} bytes are left`)
})
