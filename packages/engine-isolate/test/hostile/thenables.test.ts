import { attack } from '../support/attack.ts'

attack('a thenable that never calls back', { code: 'return { then() {} }', ends: ['ended:stalled'] })
attack('a thenable that calls back twice', { code: 'return { then(f) { f(1); f(2) } }', ends: [1] })
attack('a thenable that answers itself', { code: 'const t = { then(f) { f(t) } }; return t', ends: ['ended:wall'] })
attack('a getter for then that spins', { code: 'return { get then() { for (;;); } }', ends: ['ended:wall'] })
attack('a replaced Promise.prototype.then', {
  code: 'Promise.prototype.then = () => { throw new Error("mine") }; return 1',
  ends: [1, 'ended:stalled', 'failed:Error'],
})
attack('a species that spins', {
  code: 'class P extends Promise { static get [Symbol.species]() { for (;;); } }; return P.resolve(1).then((x) => x)',
  ends: ['ended:wall'],
})
