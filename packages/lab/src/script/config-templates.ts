import { LabError } from '../errors/lab-error.ts'
import { asRecord, isRecord, type PlainRecord } from '../util/records.ts'
import { fillTemplates, hasTemplate } from './template.ts'

/** More rounds than any script nests its variables: reaching it means that they refer to each other in a circle. */
const maxRounds = 20

/**
 * Fills the templates of a configuration that its own variables and the environment can answer. What only a user knows (a payload
 * field in a default header) stays for later.
 * @throws LabError `EK_LAB_TEMPLATE` when variables refer to each other in a circle.
 */
export function fillConfig(config: PlainRecord, environmentVars: PlainRecord): PlainRecord {
  const variables = settleVariables(asRecord(config['variables']), environmentVars)
  const vars = { ...environmentVars, ...withoutLists(variables) }
  return { ...asRecord(fillKnown(config, vars)), variables }
}

function settleVariables(variables: PlainRecord, environmentVars: PlainRecord): PlainRecord {
  let current = variables
  for (let round = 0; round < maxRounds; round++) {
    const next = asRecord(fillKnown(current, { ...environmentVars, ...current }))
    if (JSON.stringify(next) === JSON.stringify(current)) return current
    current = next
  }
  const names = Object.entries(current)
    .filter(([, value]) => hasTemplate(JSON.stringify(value) ?? ''))
    .map(([name]) => `"${name}"`)
  throw new LabError('EK_LAB_TEMPLATE', `The variables ${names.join(', ')} refer to each other in a circle`)
}

/** A list variable means one random element for each user, which the configuration cannot know. */
function withoutLists(variables: PlainRecord): PlainRecord {
  return Object.fromEntries(Object.entries(variables).filter(([, value]) => !Array.isArray(value)))
}

function fillKnown(value: unknown, vars: PlainRecord): unknown {
  if (Array.isArray(value)) return value.map((item) => fillKnown(item, vars))
  if (isRecord(value))
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, fillKnown(item, vars)]))
  return typeof value === 'string' && hasTemplate(value) ? fillText(value, vars) : value
}

function fillText(text: string, vars: PlainRecord): unknown {
  let missing = false
  const filled = fillTemplates(text, { vars, functions: {}, onUndefined: () => (missing = true) })
  return missing ? text : filled
}
