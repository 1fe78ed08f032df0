/** The tables of checks name files that are there, and leave none out. */
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { test } from 'node:test'

const root = new URL('../../../', import.meta.url)

const tables: readonly [table: string, checks: number][] = [
  ['checks.md', 35],
  ['apps/checks.md', 35],
  ['pages/checks.md', 29],
]

for (const [table, checks] of tables)
  test(`each of the ${checks} checks of ${table} names tests that exist`, () => checkTable(table, checks))

function checkTable(table: string, checks: number): void {
  const rows = [...readFileSync(new URL(table, import.meta.url), 'utf8').matchAll(/^\| (\d+) \|(.*)\|$/gm)]
  assert.deepEqual(
    rows.map(([, number]) => Number(number)),
    Array.from({ length: checks }, (_, index) => index + 1),
  )
  for (const [, number, row = ''] of rows) {
    const shown = [...row.matchAll(/`((?:packages|benchmarks|docs)\/[^`]+)`((?:;? "[^"]+")*)/g)]
    assert.ok(shown.length > 0, `check ${number}`)
    for (const [, path = '', names = ''] of shown) {
      assert.ok(existsSync(new URL(path, root)), path)
      const source = names === '' ? '' : readFileSync(new URL(path, root), 'utf8')
      for (const [, name = ''] of names.matchAll(/"([^"]+)"/g))
        assert.ok(
          ["',", '`,'].some((end) => source.includes(name + end)),
          `${path} has no test "${name}"`,
        )
    }
  }
}
