import type { StandardSchema } from '@evenkeel/server/page'

export const props: StandardSchema<{ readonly name: string }> = {
  '~standard': {
    version: 1,
    vendor: 'test',
    validate: (value) => {
      const { name } = value as { name?: unknown }
      return typeof name === 'string' ? { value: { name } } : { issues: [{ message: 'must be text', path: ['name'] }] }
    },
  },
}

export default function Typed({ name }: { readonly name: string }) {
  return <p>Hello {name}</p>
}
