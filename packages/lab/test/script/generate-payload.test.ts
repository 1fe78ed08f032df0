import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { generatePayload } from '../../src/script/generate-payload.ts'
import { inTemporaryFolder } from '../support/temporary-folder.ts'

suite('generated payload files', () => {
  test('each row has its own e-mail, and the same seed makes the same file', async () => {
    await inTemporaryFolder(async (folder) => {
      const options = { rows: 500, fields: ['email', 'password', 'age:number', 'id'], header: true, seed: 7 }
      await generatePayload(join(folder, 'a.csv'), options)
      await generatePayload(join(folder, 'b.csv'), options)
      const text = await readFile(join(folder, 'a.csv'), 'utf8')
      assert.equal(text, await readFile(join(folder, 'b.csv'), 'utf8'))
      const [header, ...rows] = text.trimEnd().split('\n')
      assert.equal(header, 'email,password,age,id')
      assert.equal(new Set(rows.map((row) => row.split(',')[0])).size, 500)
      assert.match(rows[0] ?? '', /^user-\w{6}-1@example\.com,\w{16},\d+,[0-9a-f-]{36}$/)
    })
  })

  test('an unknown kind is an error that lists the kinds', async () => {
    await assert.rejects(generatePayload('unused.csv', { rows: 1, fields: ['a:colour'], header: false, seed: 1 }), {
      code: 'EK_LAB_USAGE',
      message: /"a" has the unknown kind "colour"/,
    })
  })
})
