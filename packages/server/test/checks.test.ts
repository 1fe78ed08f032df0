/** The tables of checks name files that are there, and leave none out. */
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { test } from 'node:test'

const root = new URL('../../../', import.meta.url)

for (const table of ['checks.md', 'apps/checks.md']) {
  test(`each of the 35 checks of ${table} names tests that exist`, () => checkTable(table))
}

function checkTable(table: string): void {
  const rows = [...readFileSync(new URL(table, import.meta.url), 'utf8').matchAll(/^\| (\d+) \|(.*)\|$/gm)]
  assert.deepEqual(
    rows.map(([, number]) => Number(number)),
    Array.from({ length: 35 }, (_, index) => index + 1),
  )
  for (const [, number, row = ''] of rows) {
    const paths = [...row.matchAll(/`((?:packages|benchmarks|docs)\/[^`]+)`/g)].map(([, path = '']) => path)
    assert.ok(paths.length > 0, `check ${number}`)
    for (const path of paths) assert.ok(existsSync(new URL(path, root)), path)
  }
}
