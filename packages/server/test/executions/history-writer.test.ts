import assert from 'node:assert/strict'
import { test } from 'node:test'
import { HistoryWriter } from '../../src/blocks/executions/history-writer.ts'
import type { ExecutionRecord, ExecutionsStore } from '../../src/storage/executions-store.ts'

/** A store that takes executions, or refuses them, as it is told. */
class SwitchedStore {
  readonly ids: string[] = []
  readonly batches: number[] = []
  isDown = false

  async insert(records: readonly ExecutionRecord[]): Promise<void> {
    if (this.isDown) throw new Error('down')
    this.batches.push(records.length)
    this.ids.push(...records.map(({ id }) => id))
  }
}

const record = (id: number): ExecutionRecord => ({ id: String(id) }) as ExecutionRecord
const writerOf = (store: SwitchedStore, maxWaiting = 100_000): HistoryWriter =>
  new HistoryWriter({ executions: store as unknown as ExecutionsStore, maxWaiting })

test('executions are written in batches, in order, and none twice', async () => {
  const store = new SwitchedStore()
  await using writer = writerOf(store)
  for (let index = 0; index < 1_234; index += 1) writer.add(record(index))
  await writer.flush()
  assert.deepEqual(
    store.ids,
    Array.from({ length: 1_234 }, (_, index) => String(index)),
  )
  assert.ok(store.batches.length <= 5)
  assert.deepEqual(writer.state(), { waiting: 0, lost: 0, failing: false })
})

test('while the store is down executions wait, up to the bound; those beyond it are counted', async () => {
  const store = new SwitchedStore()
  store.isDown = true
  await using writer = writerOf(store, 10)
  for (let index = 0; index < 15; index += 1) writer.add(record(index))
  await writer.flush()
  assert.deepEqual(writer.state(), { waiting: 10, lost: 5, failing: true })
  store.isDown = false
  await writer.flush()
  assert.deepEqual(writer.state(), { waiting: 0, lost: 5, failing: false })
  assert.equal(store.ids.length, 10)
})

test('what is left when the writer ends is lost, and counted', async () => {
  const store = new SwitchedStore()
  store.isDown = true
  const writer = writerOf(store)
  writer.add(record(1))
  await writer[Symbol.asyncDispose]()
  assert.deepEqual(writer.state(), { waiting: 0, lost: 1, failing: true })
})
