import { attack } from '../support/attack.ts'

const invalid = ['failed:ValidationError', 'ended:memory', 'ended:wall', 'failed:RangeError']
attack('a huge text', { code: 'return "z".repeat(2 ** 28)', ends: invalid, wallMs: 4_000 })
attack('a cycle', { code: 'const a = {}; a.a = a; return a', ends: ['failed:ValidationError', 'ended:wall'] })
attack('a million keys', {
  code: 'return Object.fromEntries(Array.from({ length: 1e6 }, (_, i) => ["k" + i, i]))',
  ends: invalid,
  wallMs: 6_000,
})
attack('depth', {
  code: 'let a = []; for (let i = 0; i < 2e5; i++) a = [a]; return a',
  ends: ['failed:ValidationError'],
  wallMs: 4_000,
})
attack('depth without end', {
  code: 'const mk = () => ({ get next() { return mk() } }); return mk()',
  ends: invalid,
  wallMs: 4_000,
})
attack('a forged result', {
  code: 'Object.prototype.json = "}{"; JSON.stringify = () => "}{"; return () => 1',
  ends: ['failed:ValidationError', 'ended:output', 'failed:Error'],
})
