import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { loadScript } from '../../src/index.ts'
import { simulateFlow } from '../support/run-flow.ts'
import { inTemporaryFolder } from '../support/temporary-folder.ts'

suite('a processor that throws', () => {
  const throwers: Record<string, () => unknown> = {
    'at once': () => {
      throw Object.assign(new Error('thrown'), { code: 'EMINE' })
    },
    'in a promise': () => Promise.reject(Object.assign(new Error('thrown'), { code: 'EMINE' })),
  }
  for (const [when, broken] of Object.entries(throwers)) {
    test(`${when}: the user fails by its code, the others go on`, async () => {
      let calls = 0
      const functions = { broken: () => (++calls === 2 ? broken() : undefined) }
      for (const place of [{ beforeRequest: 'broken' }, { afterResponse: 'broken' }]) {
        calls = 0
        const { result } = await simulateFlow([{ get: { url: '/', ...place } }], undefined, { functions, users: 3 })
        assert.equal(result.counters['errors.EMINE'], 1)
        assert.equal(result.users.completed, 2)
      }
    })
  }

  test('while it is loaded: the run does not start', async () => {
    await inTemporaryFolder(async (folder) => {
      await writeFile(join(folder, 'p.cjs'), 'throw new Error("broken at load")')
      await writeFile(
        join(folder, 's.yml'),
        'config: { target: http://x.test, processor: ./p.cjs }\nscenarios: [{ flow: [] }]\n',
      )
      await assert.rejects(loadScript(join(folder, 's.yml')), { code: 'EK_LAB_PROCESSOR', message: /broken at load/ })
    })
  })
})
