import { attack } from '../support/attack.ts'

const names = [
  'fs',
  'node:fs',
  '/etc/passwd',
  '../../package.json',
  './x',
  'process',
  'module',
  'inspector',
  'fs\\0',
  'FS',
  'file:///etc/passwd',
  '',
]
attack('every name that is not offered gives one error', {
  code: `return [...new Set(${JSON.stringify(names)}.map((name) => { try { require(name); return "loaded" } catch (error) { return error.name + ": " + error.message.replace(JSON.stringify(name), "NAME") } }))]`,
  ends: [['ModuleNotFoundError: Cannot find module NAME']],
})
