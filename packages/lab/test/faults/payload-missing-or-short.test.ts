import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { parseScript } from '../../src/index.ts'
import { inTemporaryFolder } from '../support/temporary-folder.ts'

function load(content: string | undefined, payload: Record<string, unknown> = {}): Promise<unknown> {
  return inTemporaryFolder(async (folder) => {
    if (content !== undefined) await writeFile(join(folder, 'data.csv'), content)
    return parseScript(
      {
        config: { target: 'http://x.test', payload: { path: 'data.csv', fields: ['a', 'b'], ...payload } },
        scenarios: [{ flow: [] }],
      },
      { folder },
    )
  })
}

suite('a payload that does not fit stops the run before anything is sent', () => {
  test('missing file', () =>
    assert.rejects(load(undefined), { code: 'EK_LAB_PAYLOAD', message: /"data\.csv" could not be read: ENOENT/ }))
  test('no row', () => assert.rejects(load('\n\n'), { code: 'EK_LAB_PAYLOAD', message: /has no row/ }))
  test('a row with too few columns is named', () =>
    assert.rejects(load('1,2\n3\n'), {
      code: 'EK_LAB_PAYLOAD',
      message: /Row 2 .* has 1 columns, its fields are a, b/,
    }))
  test('quotes that never close', () =>
    assert.rejects(load('"1,2\n'), { code: 'EK_LAB_PAYLOAD', message: /not valid CSV/ }))
})
