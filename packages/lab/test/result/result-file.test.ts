import assert from 'node:assert/strict'
import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { readResult, validateResult, writeResult } from '../../src/result.ts'
import { simulateFlow } from '../support/run-flow.ts'
import { inTemporaryFolder } from '../support/temporary-folder.ts'

suite('result files', () => {
  test('are read back as they were written, from the file or its folder, with nothing left beside', async () => {
    const { result } = await simulateFlow([{ get: { url: '/' } }])
    await inTemporaryFolder(async (folder) => {
      await writeResult(join(folder, 'result.json'), result)
      assert.deepEqual(await readResult(folder), JSON.parse(JSON.stringify(result)))
      assert.deepEqual(await readResult(join(folder, 'result.json')), await readResult(folder))
      assert.deepEqual(await readdir(folder), ['result.json'])
    })
  })

  test('of another kind, of the future, broken or missing are told apart', async () => {
    const { result } = await simulateFlow([{ get: { url: '/' } }])
    const code = (value: unknown): unknown => {
      try {
        return validateResult(value)
      } catch (error) {
        return (error as { code: string }).code
      }
    }
    assert.equal(code({}), 'EK_LAB_RESULT_INVALID')
    assert.equal(code({ ...result, version: 99 }), 'EK_LAB_RESULT_VERSION')
    assert.equal(code({ ...result, latency: { ...result.latency, service: 7 } }), 'EK_LAB_RESULT_INVALID')
    assert.equal(code({ ...result, users: undefined }), 'EK_LAB_RESULT_INVALID')
    await inTemporaryFolder(async (folder) => {
      await writeFile(join(folder, 'half.json'), '{"format":')
      await assert.rejects(readResult(join(folder, 'half.json')), { code: 'EK_LAB_RESULT_INVALID' })
      await assert.rejects(readResult(join(folder, 'none.json')), { code: 'EK_LAB_RESULT_READ' })
      await assert.rejects(writeResult(join(folder, 'half.json', 'x.json'), result), { code: 'EK_LAB_RESULT_WRITE' })
    })
  })
})
