import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ActiveItems } from '../../src/util/active-items.ts'

interface Item {
  readonly name: string
  place: number
}

const item = (name: string): Item => ({ name, place: -1 })

test('what was added is there once, until it is deleted', () => {
  const active = new ActiveItems<Item>()
  const [first, second, third] = [item('first'), item('second'), item('third')]
  for (const each of [first, second, third]) active.add(each)
  assert.equal(active.delete(first), true)
  assert.equal(active.delete(first), false)
  const names = (): string[] =>
    active
      .list()
      .map(({ name }) => name)
      .toSorted()
  assert.deepEqual(names(), ['second', 'third'])
  assert.equal(active.delete(third), true)
  assert.deepEqual(names(), ['second'])
  active.add(first)
  assert.equal(active.size, 2)
  active.clear()
  assert.equal(active.size, 0)
  assert.equal(active.delete(second), false)
})

test('an item of another collection is not deleted', () => {
  const [mine, others] = [new ActiveItems<Item>(), new ActiveItems<Item>()]
  const [own, other] = [item('own'), item('other')]
  mine.add(own)
  others.add(other)
  assert.equal(mine.delete(other), false)
  assert.deepEqual(mine.list(), [own])
})

test('all may go while they are looked at', () => {
  const active = new ActiveItems<Item>()
  const items = [item('a'), item('b'), item('c')]
  for (const each of items) active.add(each)
  for (const each of active.list()) active.delete(each)
  assert.equal(active.size, 0)
})
