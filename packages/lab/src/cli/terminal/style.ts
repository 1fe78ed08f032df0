import { styleText } from 'node:util'
import type { CliContext, OutputStream } from '../cli-context.ts'

type Format = 'bold' | 'dim' | 'red' | 'yellow' | 'green' | 'cyan'

/** Paints text where it goes to a terminal that has colours, by the NO_COLOR and FORCE_COLOR conventions. */
export type Paint = (format: Format, text: string) => string

export function painter(context: CliContext, stream: OutputStream): Paint {
  const { env } = context
  const forced = env['FORCE_COLOR'] !== undefined && env['FORCE_COLOR'] !== '0'
  const colours = forced || (stream.isTTY === true && env['NO_COLOR'] === undefined && env['TERM'] !== 'dumb')
  return (format, text) => (colours ? styleText(format, text, { validateStream: false }) : text)
}
