import { test } from 'node:test'
import assert from 'node:assert/strict'
import { createRandom, shuffled } from '../../src/stats/random.ts'

test('one seed gives one sequence, another seed another', () => {
  const take = (seed: number) => {
    const random = createRandom(seed)
    return Array.from({ length: 5 }, () => random.next())
  }
  assert.deepEqual(take(7), take(7))
  assert.notDeepEqual(take(7), take(8))
})

test('values are uniform: 100,000 of them fill 20 cells evenly', () => {
  const random = createRandom(3)
  const cells = Array.from({ length: 20 }, () => 0)
  for (let draw = 0; draw < 100_000; draw++) {
    const cell = random.integer(20)
    cells[cell] = (cells[cell] ?? 0) + 1
  }
  const chiSquare = cells.reduce((sum, count) => sum + (count - 5000) ** 2 / 5000, 0)
  assert.ok(chiSquare < 43.8, `chi-square ${chiSquare} is above the 99.9 % point of 19 degrees of freedom`)
})

test('normal values have mean 0 and deviation 1', () => {
  const random = createRandom(5)
  const values = Array.from({ length: 50_000 }, () => random.normal())
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length
  assert.ok(Math.abs(mean) < 0.02 && Math.abs(variance - 1) < 0.03, `mean ${mean}, variance ${variance}`)
})

test('shuffling keeps every item and leaves the original alone', () => {
  const items = [1, 2, 3, 4, 5, 6, 7, 8]
  const mixed = shuffled(items, createRandom(1))
  assert.deepEqual(items, [1, 2, 3, 4, 5, 6, 7, 8])
  assert.notDeepEqual(mixed, items)
  assert.deepEqual(
    mixed.toSorted((a, b) => a - b),
    items,
  )
})
