import { attack } from '../support/attack.ts'

attack('BigInt multiplication', { code: 'let x = 3n; for (;;) x = x * x', ends: ['ended:wall', 'failed:RangeError'] })
attack('BigInt to text', {
  code: 'return (2n ** (2n ** 26n)).toString().length',
  ends: ['ended:wall', 'failed:RangeError', 20201782],
})
attack('fill', { code: 'Array(2 ** 32 - 1).fill(0); return 1', ends: ['ended:wall', 'ended:memory'] })
attack('copyWithin', {
  code: 'const a = []; a.length = 2 ** 32 - 1; a[5] = 1; a.copyWithin(1, 0); return 1',
  ends: ['ended:wall', 'ended:memory', 1],
})
attack('sort', {
  code: 'const a = Array(2e7).fill(1); a.sort(() => { for (;;); }); return 1',
  ends: ['ended:wall', 'ended:memory', 'failed:RangeError'],
})
attack('a huge replace', {
  code: 'return "x".repeat(2 ** 27).replace(/x/g, "yyyyyyyy").length',
  ends: ['ended:wall', 'ended:memory', 'failed:RangeError'],
})
attack('deep JSON', {
  code: 'return JSON.parse("[".repeat(5e6) + "]".repeat(5e6)).length',
  ends: ['ended:wall', 'ended:memory', 'failed:RangeError', 'failed:SyntaxError', 1],
})
