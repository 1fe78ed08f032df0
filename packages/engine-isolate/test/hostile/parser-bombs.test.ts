import { attack } from '../support/attack.ts'

const many = Array.from({ length: 8_000 }, (_, index) => `function f${index}(){return ${index}}`).join(';')
attack('many functions', { code: `${many}; return f7999()`, ends: [7999, 'ended:wall'] })
attack('deep parentheses', {
  code: `return ${'('.repeat(20_000)}1${')'.repeat(20_000)}`,
  ends: [1, 'failed:RangeError', 'failed:SyntaxError'],
})
attack('deep arrows', {
  code: `return ${'(a=>'.repeat(2_000)}1${')'.repeat(2_000)}`,
  ends: ['failed:ValidationError', 'failed:RangeError', 'failed:SyntaxError', 'ended:wall'],
})
attack('a long template', {
  code: `return \`${'${1}'.repeat(20_000)}\`.length`,
  ends: [20_000, 'failed:RangeError', 'failed:SyntaxError'],
})
attack('TypeScript that is deep', {
  code: `return ${'('.repeat(5_000)}1${')'.repeat(5_000)}`,
  language: 'ts',
  ends: [1, 'failed:RangeError', 'failed:SyntaxError', 'ended:host_lost'],
})
