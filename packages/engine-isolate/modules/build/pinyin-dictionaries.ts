import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { runInNewContext } from 'node:vm'
import type { Plugin } from 'esbuild'

const marks = { start: 'const dict = {};', phrases: 'const phrases_dict = {', end: '\n};' } as const

/** Far below what the dictionaries have; a package of another shape must not be built by halves. */
const leastEntries = 30_000

/**
 * pinyin's dictionaries are 41,000 assignments and an object literal of 41,000 arrays, evaluated when it is loaded. As JSON they are read
 * in a fraction of the time; the phrases are a bundle of their own, loaded when the first phrase is looked up.
 */
export function pinyinDictionaries(): Plugin {
  return {
    name: 'pinyin-dictionaries',
    setup({ onLoad }) {
      onLoad({ filter: /pinyin[/\\]lib[/\\]cjs[/\\]pinyin\.js$/ }, ({ path }) => {
        const { before, dict, after } = dictionaries(path)
        const phrases = "let phrases\nconst phrasesDict = () => (phrases ??= require('data/pinyin-phrases'))"
        const rest = after.replaceAll('phrases_dict', 'phrasesDict()')
        return { contents: [before, `const dict = ${parsed(dict)}`, phrases, rest].join('\n'), loader: 'js' }
      })
      onLoad({ filter: /modules[/\\]data[/\\]pinyin-phrases\.ts$/ }, () => {
        const { phrases } = dictionaries(createRequire(import.meta.url).resolve('pinyin/lib/cjs/pinyin.js'))
        return { contents: `module.exports = ${parsed(phrases)}`, loader: 'js' }
      })
    },
  }
}

interface Dictionaries {
  readonly before: string
  readonly dict: object
  readonly phrases: object
  readonly after: string
}

function dictionaries(path: string): Dictionaries {
  const source = readFileSync(path, 'utf8')
  const start = source.indexOf(marks.start)
  const middle = source.indexOf(marks.phrases)
  const end = source.indexOf(marks.end, middle) + marks.end.length
  if (start < 0 || middle < start || end < middle) throw new Error('pinyin has no dictionaries where they were')
  const text = `(() => { ${source.slice(start, end)}\nreturn [dict, phrases_dict] })()`
  const [dict, phrases] = runInNewContext(text) as [object, object]
  for (const each of [dict, phrases])
    if (Object.keys(each).length < leastEntries) throw new Error('a dictionary of pinyin is not whole')
  return { before: source.slice(0, start), dict, phrases, after: source.slice(end) }
}

function parsed(value: object): string {
  return `JSON.parse(${JSON.stringify(JSON.stringify(value))})`
}
