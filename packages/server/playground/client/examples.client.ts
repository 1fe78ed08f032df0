import type { Language } from './editors.client.ts'
import type { Locale } from './messages.client.ts'

export interface Example {
  readonly name: Readonly<Record<Locale, string>>
  readonly language: Language
  readonly input: unknown
  readonly code: string
}

export const examples: readonly Example[] = [
  {
    name: { en: 'Input and result', zh: '输入与结果' },
    language: 'js',
    input: { name: 'Ada', items: [12, 30, 8] },
    code: `// The body of an async function: "input" is a copy of the JSON below.
const total = input.items.reduce((sum, item) => sum + item, 0)
console.log('adding', input.items.length, 'items')

return { greeting: \`Hello, \${input.name}\`, total }
`,
  },
  {
    name: { en: 'Waiting at the same time', zh: '并行等待' },
    language: 'js',
    input: { delays: [120, 60, 90] },
    code: `const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

const startedAt = performance.now()
await Promise.all(
  input.delays.map(async (ms, index) => {
    await pause(ms)
    console.info('task', index, 'is done after', ms, 'ms')
  }),
)
return { waitedMs: Math.round(performance.now() - startedAt) }
`,
  },
  {
    name: { en: 'TypeScript module', zh: 'TypeScript 模块' },
    language: 'ts',
    input: {
      orders: [
        { city: 'Oslo', sum: 20 },
        { city: 'Lima', sum: 5 },
        { city: 'Oslo', sum: 7 },
      ],
    },
    code: `import { groupBy, sumBy } from 'lodash'

interface Order {
  readonly city: string
  readonly sum: number
}

export default (input: { readonly orders: readonly Order[] }) =>
  Object.entries(groupBy(input.orders, 'city')).map(([city, orders]) => ({
    city,
    orders: orders.length,
    sum: sumBy(orders, 'sum'),
  }))
`,
  },
  {
    name: { en: 'Dates and locales', zh: '日期与地区格式' },
    language: 'js',
    input: { date: '2026-03-29', amount: 1234567.5 },
    code: `import { addBusinessDays, format } from 'date-fns'

export default function due({ date, amount }) {
  const day = addBusinessDays(new Date(date), 10)
  return {
    due: format(day, 'EEEE, d MMMM yyyy'),
    amounts: ['en-GB', 'de-DE', 'zh-CN'].map((locale) =>
      new Intl.NumberFormat(locale, { style: 'currency', currency: 'EUR' }).format(amount),
    ),
  }
}
`,
  },
  {
    name: { en: 'A signature with WebCrypto', zh: '用 WebCrypto 签名' },
    language: 'js',
    input: { message: 'pay 10 to Ada', key: 'a shared secret' },
    code: `const bytes = new TextEncoder()
const key = await crypto.subtle.importKey(
  'raw',
  bytes.encode(input.key),
  { name: 'HMAC', hash: 'SHA-256' },
  false,
  ['sign'],
)
const signature = await crypto.subtle.sign('HMAC', key, bytes.encode(input.message))
return { signature: Buffer.from(signature).toString('hex') }
`,
  },
  {
    name: { en: 'A spreadsheet', zh: '电子表格' },
    language: 'js',
    input: {
      rows: [
        { city: 'Oslo', people: 717_710 },
        { city: 'Bergen', people: 291_940 },
      ],
    },
    code: `const xlsx = require('xlsx')

const book = xlsx.utils.book_new()
xlsx.utils.book_append_sheet(book, xlsx.utils.json_to_sheet(input.rows), 'Cities')
const file = xlsx.write(book, { type: 'buffer', bookType: 'xlsx' })

const again = xlsx.read(file)
return { bytes: file.length, csv: xlsx.utils.sheet_to_csv(again.Sheets.Cities) }
`,
  },
  {
    name: { en: 'A request', zh: '网络请求' },
    language: 'js',
    input: { url: 'https://example.com/' },
    code: `// Requests leave through the server, which refuses private addresses.
const response = await fetch(input.url, { signal: AbortSignal.timeout(3000) })
const page = await response.text()

return {
  status: response.status,
  type: response.headers.get('content-type'),
  characters: page.length,
}
`,
  },
  {
    name: { en: 'An error with its line', zh: '带行号的错误' },
    language: 'js',
    input: { user: null },
    code: `function nameOf(user) {
  return user.name.toUpperCase()
}

console.warn('the user is', input.user)
return nameOf(input.user)
`,
  },
]
