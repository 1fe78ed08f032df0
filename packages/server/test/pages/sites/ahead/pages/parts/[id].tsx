import { notFound, type Load, type PageConfig } from '@evenkeel/server/page'

export const config: PageConfig = { prerender: ['/parts/one', '/parts/two'] }

export const load: Load = ({ params }) => (params['id'] === 'none' ? notFound() : { name: params['id'] })

export default function Part({ name }: { readonly name: string }) {
  return <p>{`part ${name}`}</p>
}
