import { randomUUID } from 'node:crypto'
import type { Random } from '../util/random.ts'
import type { TemplateFunction } from './template.ts'

const letters = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789'

/** Functions that every script has. */
export function builtInFunctions(random: Random): Readonly<Record<string, TemplateFunction>> {
  return {
    $randomNumber: (low = 0, high = 100) => randomNumber(Number(low), Number(high), random),
    $randomString: (length = 10) => randomString(Number(length), random),
    $uuid: () => randomUUID(),
    $timestamp: () => Date.now(),
  }
}

/** A whole number between two whole numbers, both included; between two fractions, a fraction. */
function randomNumber(low: number, high: number, random: Random): number {
  if (Number.isInteger(low) && Number.isInteger(high)) return Math.floor(random() * (high - low + 1)) + low
  return random() * (high - low) + low
}

function randomString(length: number, random: Random): string {
  let text = ''
  for (let index = 0; index < length; index++) text += letters.charAt(Math.floor(random() * letters.length))
  return text
}
