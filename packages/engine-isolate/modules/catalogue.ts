import { readdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

/**
 * What a program finds inside its isolate besides the language: each bundle, what it is made from, and what a program calls it.
 * `entry` is a file of this folder when it starts with `./`, otherwise an npm package.
 */
export interface BundleSource {
  readonly entry: string
  /** Names for `require` and `import`. None: the bundle is internal. */
  readonly names?: readonly string[]
  /** Names that also exist with the `node:` prefix. */
  readonly builtin?: true
  /** npm package whose version the documents print; the entry's own package by default. */
  readonly from?: string
}

const web = (file: string): BundleSource => ({ entry: `./web/${file}.ts` })
const node = (name: string, from?: string): BundleSource => ({
  entry: `./node/${name.replace('/', '-')}.ts`,
  names: [name],
  builtin: true,
  ...(from === undefined ? {} : { from }),
})
const builtin = (name: string, from: string): BundleSource => ({ entry: from, names: [name], builtin: true })
const npm = (entry: string, ...names: string[]): BundleSource => ({
  entry,
  names: names.length === 0 ? [entry] : names,
})

/** Plugins and locales of dayjs, each by its own name as in its package. */
function dayjsParts(): Record<string, BundleSource> {
  const folder = dirname(createRequire(import.meta.url).resolve('dayjs/package.json'))
  const names = ['plugin', 'locale'].flatMap((part) =>
    readdirSync(join(folder, part))
      .filter((file) => file.endsWith('.js'))
      .map((file) => `dayjs/${part}/${file.slice(0, -'.js'.length)}`),
  )
  return Object.fromEntries(names.map((name) => [name, { entry: `${name}.js`, names: [name], from: 'dayjs' }]))
}

export const bundles: Readonly<Record<string, BundleSource>> = {
  'web/events': web('events'),
  'web/encoding': web('encoding'),
  'web/encoding-streams': web('encoding-streams'),
  'web/streams': web('streams'),
  'web/url': web('url'),
  'web/url-pattern': web('url-pattern'),
  'web/forms': web('forms'),
  'web/fetch': web('fetch'),
  'web/crypto': web('crypto'),
  'web/clone': web('clone'),
  'web/compression': web('compression'),
  'web/runtime': web('runtime'),
  'web/inspect': web('inspect'),
  assert: builtin('assert', 'assert'),
  buffer: node('buffer', 'buffer'),
  crypto: node('crypto'),
  events: builtin('events', 'events'),
  path: builtin('path', 'path-browserify'),
  querystring: node('querystring'),
  stream: builtin('stream', 'readable-stream'),
  'stream/promises': node('stream/promises'),
  string_decoder: builtin('string_decoder', 'string_decoder'),
  timers: node('timers'),
  'timers/promises': node('timers/promises'),
  url: node('url', 'url'),
  util: node('util'),
  axios: { entry: 'axios/dist/browser/axios.cjs', names: ['axios'], from: 'axios' },
  'crypto-js': npm('crypto-js'),
  'date-fns': npm('date-fns'),
  'date-fns/locale': npm('date-fns/locale'),
  dayjs: npm('dayjs'),
  ...dayjsParts(),
  'fast-xml-parser': npm('fast-xml-parser'),
  'form-data': { entry: 'form-data/lib/form_data.js', names: ['form-data'], from: 'form-data' },
  lodash: npm('lodash'),
  'lodash/fp': npm('lodash/fp'),
  'data/pinyin-phrases': { entry: './data/pinyin-phrases.ts' },
  pinyin: { entry: 'pinyin/lib/cjs/pinyin.js', names: ['pinyin'], from: 'pinyin' },
  qs: npm('qs'),
  'sm-crypto': npm('sm-crypto'),
  'sm-crypto-v2': npm('sm-crypto-v2'),
  uuid: npm('uuid'),
  xlsx: { entry: '@e965/xlsx', names: ['xlsx'], from: '@e965/xlsx' },
}
