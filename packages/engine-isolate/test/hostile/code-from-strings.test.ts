import { attack } from '../support/attack.ts'

const paths = {
  'direct eval': 'return eval("1")',
  'indirect eval': 'return (0, eval)("1")',
  Function: 'return Function("return 1")()',
  'the constructor of a function': 'return (() => {}).constructor("return 1")()',
  'the constructor of an async function': 'return (async () => {}).constructor("return 1")()',
  'the constructor of a generator': 'return (function* () {}).constructor("yield 1")()',
  'the constructor of an async generator': 'return (async function* () {}).constructor("yield 1")()',
  'Reflect.construct': 'return Reflect.construct((() => {}).constructor, ["return 1"])()',
  'a subclass': 'class F extends (() => {}).constructor {}; return new F("return 1")()',
  'a bound constructor': 'return (() => {}).constructor.bind(null, "return 1")()()',
}
for (const [name, code] of Object.entries(paths)) attack(name, { code, ends: ['failed:EvalError'] })
attack('a dynamic import', {
  code: 'return import("data:text/javascript,export default 1").then(() => "loaded", () => "refused")',
  ends: ['refused', 'ended:stalled'],
})
attack('a timer with a string', { code: 'setTimeout("1", 1); return 1', ends: ['failed:TypeError'] })
