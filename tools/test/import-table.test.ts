import assert from 'node:assert/strict'
import { test } from 'node:test'
import { folderImports, packageImports } from '../import-table.ts'

test('the import table has no cycle between packages', () => {
  const visit = (name: string, path: readonly string[]): void => {
    assert.ok(!path.includes(name), `cycle: ${[...path, name].join(' → ')}`)
    for (const entry of packageImports[name] ?? []) visit(packageOf(entry), [...path, name])
  }
  for (const name of Object.keys(packageImports)) visit(name, [])
})

test('the folder tables have no cycle and name only folders they define', () => {
  for (const table of Object.values(folderImports)) {
    const visit = (folder: string, path: readonly string[]): void => {
      assert.ok(!path.includes(folder), `cycle: ${[...path, folder].join(' → ')}`)
      const allowed = table[folder]
      assert.ok(allowed !== undefined, `folder "${folder}" is not defined`)
      for (const next of allowed) visit(next, [...path, folder])
    }
    for (const folder of Object.keys(table)) visit(folder, [])
  }
})

function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
}
