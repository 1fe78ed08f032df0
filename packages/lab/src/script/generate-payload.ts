import { createWriteStream } from 'node:fs'
import { dirname } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { makeFolder } from '../util/make-folder.ts'
import { LabError, messageOf } from '../errors/lab-error.ts'
import { seededRandom, type Random } from '../util/random.ts'

export const columnKinds = [
  'sequence',
  'email',
  'password',
  'username',
  'name',
  'uuid',
  'phone',
  'number',
  'word',
] as const
type ColumnKind = (typeof columnKinds)[number]

export interface GenerateOptions {
  readonly rows: number
  /** `name` or `name:kind`. */
  readonly fields: readonly string[]
  readonly header: boolean
  readonly seed: number
}

interface Column {
  readonly name: string
  readonly kind: ColumnKind
}

/** Writes a CSV file row by row. E-mails, user names, sequences and UUIDs are different in each row. */
export async function generatePayload(path: string, options: GenerateOptions): Promise<void> {
  const columns = options.fields.map((field) => parseColumn(field))
  try {
    await makeFolder(dirname(path))
    await pipeline(Readable.from(lines(columns, options)), createWriteStream(path))
  } catch (error) {
    throw new LabError('EK_LAB_PAYLOAD', `The payload "${path}" could not be written: ${messageOf(error)}`, {
      cause: error,
    })
  }
}

function parseColumn(field: string): Column {
  const [name = '', given] = field.trim().split(':', 2)
  if (name === '') throw new LabError('EK_LAB_USAGE', 'A field needs a name')
  if (given === undefined) return { name, kind: kindByName(name) }
  const kind = columnKinds.find((each) => each === given)
  if (kind !== undefined) return { name, kind }
  throw new LabError('EK_LAB_USAGE', `The field "${name}" has the unknown kind "${given}"`, {
    hint: `kinds: ${columnKinds.join(', ')}`,
  })
}

function kindByName(name: string): ColumnKind {
  const lower = name.toLowerCase()
  if (lower.includes('mail')) return 'email'
  if (lower.includes('pass')) return 'password'
  if (lower === 'id' || lower.includes('uuid')) return 'uuid'
  if (lower.includes('user') || lower.includes('login')) return 'username'
  if (lower.includes('phone') || lower.includes('mobile')) return 'phone'
  if (lower.includes('name')) return 'name'
  return /age|count|number|amount|price/.test(lower) ? 'number' : 'word'
}

function* lines(columns: readonly Column[], { rows, header, seed }: GenerateOptions): Generator<string> {
  const random = seededRandom(seed)
  // Part of every unique value, so that a second file does not collide with the users of the first.
  const run = randomText(random, 6)
  if (header) yield `${columns.map(({ name }) => name).join(',')}\n`
  for (let row = 1; row <= rows; row++)
    yield `${columns.map(({ kind }) => valueOf(kind, { row, run, random })).join(',')}\n`
}

interface RowFacts {
  readonly row: number
  readonly run: string
  readonly random: Random
}

function valueOf(kind: ColumnKind, { row, run, random }: RowFacts): string {
  switch (kind) {
    case 'sequence':
      return String(row)
    case 'email':
      return `user-${run}-${row}@example.com`
    case 'username':
      return `user_${run}_${row}`
    case 'password':
      return randomText(random, 16)
    case 'uuid':
      return randomUuid(random)
    case 'phone':
      return `+1555${String(Math.floor(random() * 10_000_000)).padStart(7, '0')}`
    case 'number':
      return String(Math.floor(random() * 1000))
    case 'name':
      return `${capital(randomWord(random))} ${capital(randomWord(random))}`
    case 'word':
      return randomWord(random)
  }
}

const alphabet = 'abcdefghijkmnpqrstuvwxyz23456789'

function randomText(random: Random, length: number): string {
  let text = ''
  for (let index = 0; index < length; index++) text += alphabet.charAt(Math.floor(random() * alphabet.length))
  return text
}

const consonants = 'bdfghklmnprstv'
const vowels = 'aeiou'

function randomWord(random: Random): string {
  let text = ''
  for (let syllable = 0; syllable < 3; syllable++)
    text +=
      consonants.charAt(Math.floor(random() * consonants.length)) + vowels.charAt(Math.floor(random() * vowels.length))
  return text
}

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1)
}

/** Version 4 by RFC 9562, from the seeded numbers so that a file can be made again. */
function randomUuid(random: Random): string {
  const hex = Array.from({ length: 32 }, () => Math.floor(random() * 16).toString(16))
  hex[12] = '4'
  hex[16] = (8 + Math.floor(random() * 4)).toString(16)
  const text = hex.join('')
  return [text.slice(0, 8), text.slice(8, 12), text.slice(12, 16), text.slice(16, 20), text.slice(20)].join('-')
}
