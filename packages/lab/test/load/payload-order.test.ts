import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import type { LabResult } from '../../src/result.ts'
import type { LoadShare } from '../../src/index.ts'
import { simulateFlow } from '../support/run-flow.ts'
import { inTemporaryFolder } from '../support/temporary-folder.ts'

const rows = ['a', 'b', 'c', 'd']

function run(order: string, users: number, share?: LoadShare): Promise<{ result: LabResult; paths: string[] }> {
  return inTemporaryFolder(async (folder) => {
    await writeFile(join(folder, 'data.csv'), `${rows.join('\n')}\n`)
    const { result, sent } = await simulateFlow([{ get: { url: '/{{ name }}' } }], undefined, {
      users,
      config: { payload: { path: 'data.csv', fields: ['name'], order } },
      load: { folder },
      ...(share === undefined ? {} : { run: { share } }),
    })
    return { result, paths: sent.map(({ path }) => path.slice(1)) }
  })
}

suite('the order of payload rows', () => {
  test('a sequence starts over after the last row', async () => {
    const { paths } = await run('sequence', 16)
    assert.deepEqual(paths, [...rows, ...rows, ...rows, ...rows])
  })

  test('a sequence goes through the file once over all generators', async () => {
    const first = await run('sequence', 8, { index: 0, count: 2 })
    const second = await run('sequence', 8, { index: 1, count: 2 })
    assert.deepEqual(first.paths, ['a', 'c', 'a', 'c'])
    assert.deepEqual(second.paths, ['b', 'd', 'b', 'd'])
  })

  test('unique rows run out with a clear reason, before one is used again', async () => {
    const { result, paths } = await run('unique', 16)
    assert.deepEqual(paths, rows)
    assert.equal(result.status, 'partial')
    assert.match(
      result.partialReason ?? '',
      /EK_LAB_PAYLOAD_EXHAUSTED: All 4 rows of the payload .*data\.csv" were used once/,
    )
    assert.equal(result.users.completed, 4)
  })

  test('random rows come from the file', async () => {
    const { paths } = await run('random', 50)
    assert.equal(paths.length, 50)
    assert.ok(paths.every((path) => rows.includes(path)))
    assert.ok(new Set(paths).size > 1)
  })
})
