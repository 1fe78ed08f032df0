import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { labErrors } from '../../src/index.ts'

test('the reference lists exactly the codes there are, with their fault and meaning', async () => {
  const text = await readFile(new URL('../../../../docs/reference/lab-errors.md', import.meta.url), 'utf8')
  const rows = [...text.matchAll(/^\| `(\w+)`\s*\| (\w+)\s*\| (.+?)\s*\|$/gm)].map(([, code, fault, meaning]) => [
    code,
    { fault, meaning },
  ])
  assert.deepEqual(Object.fromEntries(rows), labErrors)
})
