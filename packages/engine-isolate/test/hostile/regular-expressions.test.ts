import { attack } from '../support/attack.ts'

const text = '"a".repeat(40) + "!"'
attack('test', { code: `return /^(?=a)(a+)+$/.test(${text})`, ends: ['ended:wall'] })
attack('split', { code: `return (${text}).split(/(a+)+$/).length`, ends: ['ended:wall'] })
attack('replace', { code: `return (${text}).replace(/^(?:a|aa)+$/, "").length`, ends: ['ended:wall'] })
attack('lookbehind', { code: `return /(?<=^(a+)+)b/.test(${text} + "c")`, ends: ['ended:wall', false] })
