import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { allRows, loadPayload, type Payload } from '../../src/script/payload.ts'
import { inTemporaryFolder } from '../support/temporary-folder.ts'

function load(text: string, options: Record<string, unknown> = {}): Promise<Payload> {
  return inTemporaryFolder(async (folder) => {
    await writeFile(join(folder, 'data.csv'), text)
    return loadPayload({ path: 'data.csv', ...options }, folder)
  })
}

suite('payload files', () => {
  test('only numbers that print as the same text become numbers', async () => {
    const { rows } = await load('7,007,+82105,1e3,0x10,-1.5,true,false,,1.50\n')
    assert.deepEqual(rows[0], [7, '007', '+82105', '1e3', '0x10', -1.5, true, false, '', '1.50'])
  })

  test('casting can be off, or as loose as that of other runners', async () => {
    assert.deepEqual((await load('7,true\n', { cast: false })).rows, [['7', 'true']])
    assert.deepEqual((await load('007,+5,1e3,0x10\n', { cast: 'legacy' })).rows, [[7, 5, 1000, 16]])
  })

  test('quotes, byte order mark, empty lines and header', async () => {
    const text = '\uFEFFname,note\n"Kim, Ann","say ""hi"""\n\nLee,x\n'
    assert.deepEqual((await load(text, { skipHeader: true })).rows, [
      ['Kim, Ann', 'say "hi"'],
      ['Lee', 'x'],
    ])
  })

  test('another delimiter, and the options of the parser by their older names', async () => {
    assert.deepEqual((await load('a;b\n', { delimiter: ';' })).rows, [['a', 'b']])
    assert.deepEqual((await load('a b\n', { options: { delimiter: ' ' } })).rows, [['a', 'b']])
    assert.deepEqual((await load('a|b\n', { options: { delimiter: '|', relaxColumnCount: true } })).rows, [['a', 'b']])
  })

  test('all rows at once, as records or as lists', async () => {
    const named = await load('1,a\n2,b\n', { fields: ['id', 'key'], loadAll: true, name: 'pets' })
    assert.equal(named.allRowsName, 'pets')
    assert.deepEqual(allRows(named), [
      { id: 1, key: 'a' },
      { id: 2, key: 'b' },
    ])
    assert.deepEqual(allRows(await load('1,a\n')), [[1, 'a']])
  })
})
