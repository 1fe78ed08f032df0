import { attack } from '../support/attack.ts'

const timed = ['ended:wall']
attack('a getter of the thrown value', { code: 'throw { get message() { for (;;); } }', ends: timed })
attack('the stack of a thrown error', {
  code: 'const e = new Error("x"); Object.defineProperty(e, "stack", { get() { for (;;); } }); throw e',
  ends: timed,
})
attack('prepareStackTrace', {
  code: 'let site; Error.prepareStackTrace = (_e, sites) => { site = sites[0]; return "made up" }; const e = new Error("x"); e.stack; return [typeof site?.getThis?.(), typeof site?.getFunction?.()]',
  ends: [
    ['undefined', 'undefined'],
    ['undefined', 'function'],
    ['object', 'function'],
  ],
})
attack('a proxy as the error', {
  code: 'throw new Proxy({}, { get() { throw new Error("inner") }, has() { throw new Error("inner") } })',
  ends: ['failed:Error'],
})
attack('an error whose name is huge', {
  code: 'const e = new Error("x"); e.name = "n".repeat(1e6); throw e',
  ends: [`failed:${'n'.repeat(100)}`],
})
attack('a message that never ends', {
  code: 'const e = new Error("x"); e.message = { toString() { for (;;); } }; throw e',
  ends: timed,
})
attack('a rejection with a thenable', { code: 'return Promise.reject({ then(f) { f() } })', ends: ['failed:Error'] })
