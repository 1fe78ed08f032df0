import type { PageModule, SchemaIssue } from '../author/page-module.ts'

type CheckedProps =
  | { readonly status: 'valid'; readonly props: unknown }
  | { readonly status: 'invalid'; readonly issues: readonly SchemaIssue[] }

/** Props of a backend by the page's own schema. Without a schema any object will do. */
export async function validProps(page: PageModule, given: unknown): Promise<CheckedProps> {
  const value = given ?? {}
  if (page.props === undefined || (page.load !== undefined && given === undefined)) return plainProps(value)
  const result = await page.props['~standard'].validate(value)
  if (result.issues === undefined) return plainProps(result.value)
  return { status: 'invalid', issues: result.issues.slice(0, 20).map(plainIssue) }
}

function plainProps(props: unknown): CheckedProps {
  if (typeof props === 'object' && props !== null && !Array.isArray(props)) return { status: 'valid', props }
  const received = Array.isArray(props) ? 'an array' : JSON.stringify(props)
  return { status: 'invalid', issues: [{ message: `props must be an object, not ${received}` }] }
}

function plainIssue({ message, path }: SchemaIssue): SchemaIssue {
  if (path === undefined) return { message }
  return { message, path: path.map((part) => String(typeof part === 'object' ? part.key : part)) }
}
